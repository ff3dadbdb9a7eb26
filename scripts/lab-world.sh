# shellcheck shell=bash
# Where the lab's namespaces live. As root: on the machine. Without: in a user namespace of our own, kept by a holder
# process; it has its own /run (for `ip netns`), its own layer over /etc (for /etc/netns) and its own process numbers,
# so the end of the holder is the end of everything in it.

readonly HOLDER_FILE=${XDG_RUNTIME_DIR:-/tmp}/$LAB-lab-$EUID.holder

# Whether this process may make the namespaces right here.
world_is_here() {
  [[ -n ${STEAMGATE_INSIDE:-} || $(lab_privilege) == root ]]
}

world_make() {
  local holder
  if world_is_here || world_exists; then
    return
  fi
  require_lab_privilege
  mkdir -p "$LAB_DIR"
  setsid unshare --user --map-root-user --net --mount --pid --fork --mount-proc --kill-child \
    bash "$ROOT/scripts/lab-holder.sh" "$LAB" >/dev/null 2>"$LAB_DIR/holder.log" </dev/null &
  holder=$!
  for _ in {1..50}; do
    # The child of unshare is the one that lives in the new namespaces.
    HOLDER=$(pgrep -P "$holder" 2>/dev/null || true)
    if [[ -n $HOLDER ]] && holder_enter test -e /run/steamgate-holder 2>/dev/null; then
      printf '%s %s\n' "$HOLDER" "$(start_time "$HOLDER")" >"$HOLDER_FILE"
      return
    fi
    kill -0 "$holder" 2>/dev/null || break
    sleep 0.1
  done
  die "could not set up a user namespace: $(tail -n 1 "$LAB_DIR/holder.log")"
}

world_exists() {
  if world_is_here; then
    network_exists
  else
    find_holder
  fi
}

world_remove() {
  if ! world_is_here && find_holder; then
    kill -KILL "$HOLDER"
    rm -f "$HOLDER_FILE"
  fi
}

# Sets HOLDER to the holder's process, if it is the very one that was started.
find_holder() {
  local started
  [[ -r $HOLDER_FILE ]] || return 1
  read -r HOLDER started <"$HOLDER_FILE"
  [[ -n $started && $(start_time "$HOLDER") == "$started" ]]
}

# A process's start, in clock ticks since boot: tells it from a later one with the same number.
start_time() {
  sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

holder_enter() {
  nsenter --target "$HOLDER" --user --net --mount --pid --preserve-credentials -- "$@"
}

# usage: in_world COMMAND ARGS... runs a command of lab_inside where the namespaces are
in_world() {
  if world_is_here; then
    lab_inside "$@"
  elif find_holder; then
    # Without the lock's descriptor, which the services would keep.
    (
      [[ -z ${LAB_LOCK:-} ]] || exec {LAB_LOCK}>&-
      holder_enter env STEAMGATE_INSIDE=1 HOME="$HOME" "$ROOT/steamgate" lab inside "$@"
    )
  fi
}
