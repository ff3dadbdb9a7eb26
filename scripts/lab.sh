# shellcheck shell=bash
# The lab: a machine room made of network namespaces, with nothing of it left when it is taken down.
#
#   client .2 ─┐                                  ┌─ .11 site-a
#              ├─ 192.0.2.0/24 ─ .10 edge .1 ─ 198.51.100.0/24
#   client2 .3 ┘        (wan0, the VIP)  (lan0)   └─ .12 site-b
#
# The addresses of the edge belong to no kernel: its interfaces carry none, and only the edge process answers.
# STEAMGATE_LAB names another lab beside the usual one (prefix of its namespaces, folder under target/).

readonly LAB=${STEAMGATE_LAB:-steamgate}
if [[ $LAB == steamgate ]]; then
  readonly LAB_DIR=$ROOT/target/lab
else
  readonly LAB_DIR=$ROOT/target/lab-$LAB
fi

# shellcheck source=scripts/lab-world.sh
source "$ROOT/scripts/lab-world.sh"
# shellcheck source=scripts/lab-network.sh
source "$ROOT/scripts/lab-network.sh"
# shellcheck source=scripts/lab-services.sh
source "$ROOT/scripts/lab-services.sh"

lab() {
  local command=${1:-status} service modules
  (($# == 0)) || shift
  case $command in
    up)
      lab_parse_options "$@"
      require_lab_privilege
      if [[ -z $LAB_BARE ]]; then
        mapfile -t modules <<<"$(for service in "${SERVICES[@]}"; do say "${SERVICE_MODULE[$service]}"; done | sort -u)"
        build_services "${modules[@]}"
        use_jdk
        make_certificates
      fi
      world_make
      locked in_world up "$@" || {
        world_remove
        exit 1
      }
      ;;
    down)
      locked lab_down
      ;;
    status)
      if world_exists; then in_world status; else say "The lab is down; ./steamgate lab up lays it out."; fi
      ;;
    exec)
      (($# >= 2)) || die "lab exec HOST CMD..., HOST one of: ${HOSTS[*]}"
      is_host "$1" || die "no host '$1'; hosts are: ${HOSTS[*]}"
      world_exists || die "the lab is down; ./steamgate lab up lays it out"
      in_world exec "$@"
      ;;
    stop | start)
      [[ " ${ALL_SERVICES[*]} " == *" ${1:-} "* ]] || die "lab $command takes one of: ${ALL_SERVICES[*]}"
      world_exists || die "the lab is down; ./steamgate lab up lays it out"
      if [[ $command == start ]]; then use_jdk; fi
      locked in_world "$command" "$1"
      ;;
    inside) lab_inside "$@" ;;
    *) die "lab knows up, down, status, exec, stop and start, not '$command'" ;;
  esac
}

# The part of each command that runs where the namespaces are.
lab_inside() {
  local command=$1
  shift
  case $command in
    up)
      lab_parse_options "$@"
      lab_up "$*"
      ;;
    down) lab_down_inside ;;
    status) lab_status ;;
    exec) host_become "$@" ;;
    stop) service_stop "$1" ;;
    start)
      service_start "$1" && service_await "$1"
      if [[ $1 == site-* ]]; then sites_await "${ADDRESS[$1]}:"; fi
      ;;
  esac
}

lab_parse_options() {
  LAB_OFFLOAD=on LAB_MODE=proxy LAB_DEVICES=af-packet LAB_BARE='' LAB_DATA_PATH=auto LAB_BPFFS='' LAB_EDGE_CAPABILITIES='' LAB_MTU=1500 LAB_LAN_MTU=''
  SERVICES=("${ALL_SERVICES[@]}")
  while (($# > 0)); do
    case $1 in
      --no-offload) LAB_OFFLOAD=off ;;
      --mode)
        LAB_MODE=${2:-}
        [[ $LAB_MODE =~ ^(proxy|transparent|nat)$ ]] || die "--mode is proxy, transparent or nat"
        shift
        ;;
      --link)
        LAB_DEVICES=${2:-}
        [[ $LAB_DEVICES =~ ^(af-packet|pcap)$ ]] || die "--link is af-packet or pcap"
        # libpcap does not tell which checksums a virtual sender has left out; a wire carries none of those.
        [[ $LAB_DEVICES != pcap ]] || LAB_OFFLOAD=off
        shift
        ;;
      --data-path)
        LAB_DATA_PATH=${2:-}
        [[ $LAB_DATA_PATH =~ ^(auto|kernel|user)$ ]] || die "--data-path is auto, kernel or user"
        shift
        ;;
      --capabilities)
        LAB_EDGE_CAPABILITIES=${2:-}
        [[ $LAB_EDGE_CAPABILITIES =~ ^[a-z_]+(,[a-z_]+)*$ ]] || die "--capabilities is a list, as in net_raw,net_admin"
        shift
        ;;
      # Flows in the kernel outlive the edge's process.
      --bpffs) LAB_BPFFS=$LAB_DIR/bpf ;;
      --mtu | --lan-mtu)
        if ! [[ ${2:-} =~ ^[0-9]{3,5}$ ]] || (($2 < 576 || $2 > 65535)); then
          die "$1 is a number of bytes from 576 to 65535"
        fi
        if [[ $1 == --mtu ]]; then LAB_MTU=$2; else LAB_LAN_MTU=$2; fi
        shift
        ;;
      # Seven services on two cores take their time to start.
      --only)
        lab_choose_services "${2:-}"
        shift
        ;;
      # For measuring peers in the edge's place.
      --no-edge) SERVICES=(site-a site-b) ;;
      --bare) LAB_BARE=yes SERVICES=() ;;
      *) die "lab up knows --no-offload, --mode, --link, --data-path, --bpffs, --capabilities, --mtu, --lan-mtu, --only, --no-edge and --bare, not '$1'" ;;
    esac
    shift
  done
}

# usage: lab_choose_services LIST, separated by commas; they start in their usual order
lab_choose_services() {
  local service
  for service in ${1//,/ }; do
    [[ " ${ALL_SERVICES[*]} " == *" $service "* ]] || die "--only takes a list of: ${ALL_SERVICES[*]}"
  done
  SERVICES=()
  for service in "${ALL_SERVICES[@]}"; do
    if [[ ,$1, == *,$service,* ]]; then SERVICES+=("$service"); fi
  done
  ((${#SERVICES[@]} > 0)) || die "--only takes a list of: ${ALL_SERVICES[*]}"
}

# One change of the lab at a time. The lock is not handed down to what the lab starts.
locked() {
  local status=0
  mkdir -p "$LAB_DIR"
  exec {LAB_LOCK}>"$LAB_DIR.lock"
  flock --timeout 120 "$LAB_LOCK" || die "another ./steamgate lab holds ${LAB_DIR#"$ROOT"/}.lock"
  "$@" || status=$?
  exec {LAB_LOCK}>&-
  return "$status"
}

lab_up() {
  local options=$1 service
  if network_exists; then
    if [[ $options == "$(cat "$LAB_DIR/options" 2>/dev/null)" ]] && services_run; then
      say "The lab is up already."
      return
    fi
    # Something of an earlier lab: half of one after a crash, or one with other options.
    lab_down_inside
  fi
  trap 'warn "the lab did not come up; taking it down again"; lab_down_inside' EXIT
  network_make
  [[ -z $LAB_BPFFS ]] || bpffs_mount
  if [[ -z $LAB_BARE ]]; then
    write_configuration
    if runs_here dns-a; then outside_start; fi
  fi
  for service in "${SERVICES[@]}"; do
    service_start "$service"
  done
  for service in "${SERVICES[@]}"; do
    service_await "$service"
  done
  if [[ " ${SERVICES[*]} " == *" edge "* ]]; then sites_await; fi
  state_await
  printf '%s' "$options" >"$LAB_DIR/options"
  trap - EXIT
  say "The lab is up: client, client2 | edge with VIP $VIP | site-a, site-b"
}

lab_down() {
  if world_exists; then
    in_world down
  fi
  world_remove
  rm -f "$LAB_DIR/options" "$LAB_DIR.lock"
}

lab_down_inside() {
  services_stop
  bpffs_unmount
  network_remove
  rm -f "$LAB_DIR"/*/pid
}

# The last messages in the mailboxes, oldest first.
lab_mailboxes() {
  local file
  (cd "$LAB_DIR" && find mail-*/mail -path '*/new/*' -type f -printf '%T@ %p\n' 2>/dev/null) | sort -n | tail -n 5 \
    | while read -r _ file; do
      say "mail: ${LAB_DIR#"$ROOT"/}/$file"
    done
}

lab_status() {
  local host pid
  if ! network_exists; then
    say "The lab is down; ./steamgate lab up lays it out."
    return
  fi
  printf '%-10s %-16s %-19s %s\n' HOST ADDRESS MAC PROCESSES
  for host in "${HOSTS[@]}"; do
    printf '%-10s %-16s %-19s ' "$host" "${ADDRESS[$host]}" "${MAC[$host]}"
    for pid in $(ip netns pids "$LAB-$host" 2>/dev/null); do
      printf '%s(%s, %s MiB) ' "$(cat "/proc/$pid/comm" 2>/dev/null)" "$pid" \
        "$(awk '/^VmRSS:/ { print int($2 / 1024) }' "/proc/$pid/status" 2>/dev/null)"
    done
    printf '\n'
  done
  lab_mailboxes
  say "VIP $VIP, LAN address of the edge $LAN_GATEWAY; logs in ${LAB_DIR#"$ROOT"/}/*/log"
  if service_runs edge; then
    say
    host_exec edge curl -s --max-time 5 -H 'Accept: text/plain' http://localhost:9000/flows || true
  fi
}
