# shellcheck shell=bash
# CPU time: of both cores, ends included, since some of the kernel's work for a middle is done on theirs; and of the
# middle's own processes. With packet steering also of the middle's core alone.

TICKS=$(getconf CLK_TCK)
readonly TICKS

# usage: busy_ticks [CORE,...] prints the ticks in which they (none: all) were not idle. Only comparable when nothing else runs.
busy_ticks() {
  awk -v cores="${1:-}" '
    BEGIN { n = split(cores, numbers, ","); for (i = 1; i <= n; i++) wanted["cpu" numbers[i]]; if (n == 0) wanted["cpu"] }
    $1 in wanted { ticks += $2 + $3 + $4 + $7 + $8 + $9 }
    END { print ticks }' /proc/stat
}

own_ticks() {
  local pid total=0 ticks
  for pid in $(pids_of "$1"); do
    ticks=$(sed 's/^.*) //' "/proc/$pid/stat" 2>/dev/null | awk '{ print $12 + $13 }')
    total=$((total + ${ticks:-0}))
  done
  say "$total"
}

meter_start() {
  METER_SUBJECT=$1
  METER_OWN=$(own_ticks "$1")
  METER_MACHINE=$(busy_ticks)
  METER_CORE=$(busy_ticks "$MIDDLE_CPU")
}

# Sets MACHINE_TICKS, CORE_TICKS and OWN_TICKS since meter_start.
meter_stop() {
  MACHINE_TICKS=$(($(busy_ticks) - METER_MACHINE))
  CORE_TICKS=$(($(busy_ticks "$MIDDLE_CPU") - METER_CORE))
  OWN_TICKS=$(($(own_ticks "$METER_SUBJECT") - METER_OWN))
}

# usage: ticks_each TICKS COUNT THING prints "VALUE UNIT": microseconds for each, milliseconds for a gigabyte
ticks_each() {
  awk -v t="$1" -v n="$2" -v thing="$3" -v hz="$TICKS" 'BEGIN {
    unit = thing == "GB" ? "ms" : "us"
    printf "%.3f %s/%s\n", (n > 0 ? t / hz * (unit == "ms" ? 1000 : 1000000) / n : 0), unit, thing }'
}

# Percent of both cores that was idle for half a second.
idle_percent() {
  local before after
  before=$(awk '$1 == "cpu" { print $5, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' /proc/stat)
  sleep 0.5
  after=$(awk '$1 == "cpu" { print $5, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' /proc/stat)
  awk -v a="$before" -v b="$after" \
    'BEGIN { split(a, x, " "); split(b, y, " "); d = y[2] - x[2]; printf "%d", d ? 100 * (y[1] - x[1]) / d : 100 }'
}

# Waits for a quiet machine, at most two minutes in the whole run, and sets IDLE to what it found.
QUIET_BUDGET=120
await_quiet() {
  IDLE=$(idle_percent)
  [[ -z $QUICK$PRIORITY ]] || return 0
  while ((IDLE < 85 && QUIET_BUDGET > 0)); do
    sleep 0.5
    QUIET_BUDGET=$((QUIET_BUDGET - 1))
    IDLE=$(idle_percent)
  done
}

rss_mib() {
  local pid total=0 kib
  for pid in $(pids_of "$1"); do
    kib=$(awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status" 2>/dev/null)
    total=$((total + ${kib:-0}))
  done
  awk -v k="$total" 'BEGIN { printf "%.1f", k / 1024 }'
}
