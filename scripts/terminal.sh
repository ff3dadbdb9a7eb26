# shellcheck shell=bash
# What the commands say and how: colours on a terminal only, errors in one line.

# shellcheck disable=SC2034 # used by the files that source this one
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  BOLD=$'\e[1m' DIM=$'\e[2m' GREEN=$'\e[32m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
  BOLD='' DIM='' GREEN='' RED='' PLAIN=''
fi

say() {
  printf '%s\n' "$*"
}

note() {
  printf '%s%s%s\n' "$DIM" "$*" "$PLAIN"
}

warn() {
  printf 'steamgate: %s\n' "$*" >&2
}

die() {
  printf 'steamgate: %s\n' "$*" >&2
  exit 1
}

has() {
  command -v "$1" >/dev/null 2>&1
}

# Runs a command with its output in a file, a dot every few seconds on the terminal, and the file's end if it fails.
# usage: quietly TITLE LOGFILE CMD...
quietly() {
  local title=$1 log=$2 started=$SECONDS pid status=0
  shift 2
  mkdir -p "$(dirname "$log")"
  printf '%s ' "$title"
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    if (((SECONDS - started) % 5 == 4)); then printf .; fi
    sleep 1
  done
  wait "$pid" || status=$?
  printf ' %s s\n' "$((SECONDS - started))"
  if ((status != 0)); then
    tail -n 30 "$log" >&2
    warn "failed: $* (whole output in ${log#"$ROOT"/})"
  fi
  return "$status"
}
