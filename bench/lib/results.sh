# shellcheck shell=bash
# From single measurements to medians, a table, and lines for machines.

readonly RESULT_LINES=$OUT/edge.jsonl
# A ratio is the median of the ratios within each round, so that a slow minute of the machine weighs on both.
readonly RATIO_BASES=forward,haproxy-tcp,haproxy-http,haproxy-http-reuse,steamgate

results_begin() {
  SINGLES=$OUT/edge-singles.tsv
  : >"$SINGLES"
}

# usage: record ROUND MEASURE SUBJECT VALUE UNIT
record() {
  printf '%s\t%s\t%s\t%s\t%s\n' "$@" >>"$SINGLES"
}

progress() {
  printf '%(%H:%M:%S)T %s\n' -1 "$*"
}

results_report() {
  local host
  host="$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo), $(nproc) cores, Linux $(uname -r)"
  say
  say "${BOLD}Medians of $ROUNDS rounds of $SECONDS_EACH s${PLAIN} on $(date -u +%F), $host"
  [[ $CORES == middle ]] || note "each end with a core of its own, the middle on both"
  [[ $STEERING == off ]] || note "with receive packet steering"
  [[ $OFFLOADS$MTU == on1500 ]] || note "offloads $OFFLOADS, MTU $MTU"
  awk -v bases="$RATIO_BASES" -v lines="$RESULT_LINES" -f "$HERE/lib/report.awk" "$SINGLES"
  say
  results_judge
  if [[ -n $CHART ]]; then draw; fi
  say "single measurements: ${SINGLES#"$ROOT"/}; lines added to ${RESULT_LINES#"$ROOT"/}"
}

# Debian's python3, for which its packages are, whatever comes first in the path.
draw() {
  if /usr/bin/python3 "$HERE/lib/chart.py" "$RESULT_LINES.last" "bench edge, $(date -u +%F): medians of $ROUNDS rounds" "$CHART"; then
    say "chart: $CHART"
  else
    warn "no chart: it wants Debian's python3-pygal"
  fi
}

# What each data path has promised.
results_judge() {
  if [[ $DATA_PATH == user ]]; then
    judge bulk-1 haproxy-tcp 1.0 "bulk, one connection, against HAProxy TCP"
    judge bulk-4 haproxy-tcp 1.0 "bulk, four connections, against HAProxy TCP"
    judge new haproxy-http 0.9 "new connections against HAProxy HTTP without reuse"
  else
    judge bulk-1 forward 0.95 "bulk, one connection, against forwarding"
    judge bulk-1 haproxy-tcp 3.0 "bulk, one connection, against HAProxy TCP"
    judge kept-32 forward 0.9 "requests on kept connections against forwarding"
    judge kept-32 haproxy-http 1.5 "requests on kept connections against HAProxy HTTP"
    judge new haproxy-http 1.2 "new connections against HAProxy HTTP without reuse"
    judge new haproxy-http-reuse 1.0 "new connections against HAProxy HTTP with reuse"
    judge latency-p99 forward 1.1 "latency p99 against forwarding" most
    judge_at_most bulk-1-cpu-process 5 "ms of the edge's process for a gigabyte"
  fi
  judge_at_most idle-flows-rss 64 "MiB more for the idle flows"
  judge_at_most bulk-1-allocated 0.5 "bytes allocated for a frame, bulk"
  judge_at_most kept-32-allocated 0.5 "bytes allocated for a frame, requests"
}

# usage: judge MEASURE BASE LIMIT TITLE [most], the least unless it says otherwise
judge() {
  local ratio
  ratio=$(awk -F'"' -v m="$1" -v b="$2" '$8 == m && $12 == "steamgate" && $0 ~ "\"ratioTo\":\"" b "\"" { sub(/.*"ratio":/, ""); sub(/,.*/, ""); r = $0 } END { print r }' "$RESULT_LINES.last")
  [[ -n $ratio ]] || return 0
  verdict "$(awk -v r="$ratio" -v l="$3" -v how="${5:-least}" \
    'BEGIN { print ((how == "most" ? r <= l : r >= l) ? "reached" : "missed") }')" "$4: $ratio, promised at ${5:-least} $3"
}

# usage: judge_at_most MEASURE MOST TITLE
judge_at_most() {
  local value
  value=$(awk -F'\t' -v m="$1" '$2 == m && $3 == "steamgate" { v = $4 } END { print v }' "$SINGLES")
  [[ -n $value ]] || return 0
  verdict "$(awk -v r="$value" -v l="$2" 'BEGIN { print (r <= l ? "reached" : "missed") }')" "$3: $value, promised at most $2"
}

verdict() {
  if [[ $1 == reached ]]; then say "${GREEN}reached${PLAIN}  $2"; else say "${RED}missed${PLAIN}   $2"; fi
}
