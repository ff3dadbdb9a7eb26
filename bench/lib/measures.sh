# shellcheck shell=bash
# What is measured. Each measure_* function prints "FIGURE VALUE UNIT" lines, and one "work COUNT" line: gigabytes,
# requests or connections, to divide the CPU time by.

# usage: at_client CMD... on its core
at_client() {
  in_space client taskset -c "$CLIENT_CPU" "$@"
}

# usage: measure_once ROUND MEASURE SUBJECT SECONDS
measure_once() {
  local round=$1 measure=$2 subject=$3 seconds=$4 figure value unit count=0 thing='' shown=''
  [[ $subject != steamgate-copied ]] || copies_start
  await_quiet
  meter_start "$subject"
  "measure_${measure%%-*}" "$subject" "${measure#*-}" "$seconds" >"$RUN/figures"
  meter_stop
  [[ $subject != steamgate-copied ]] || copies_stop
  while read -r figure value unit; do
    if [[ $figure == work ]]; then
      count=$value thing=$unit
    else
      record "$round" "$measure${figure#value}" "$subject" "$value" "$unit"
      shown+=" $value $unit"
    fi
  done <"$RUN/figures"
  read -r value unit < <(ticks_each "$MACHINE_TICKS" "$count" "$thing")
  record "$round" "$measure-cpu-machine" "$subject" "$value" "$unit"
  if [[ $STEERING == on ]]; then
    read -r value unit < <(ticks_each "$CORE_TICKS" "$count" "$thing")
    record "$round" "$measure-cpu-core" "$subject" "$value" "$unit"
  fi
  if [[ -n $(process_of "$subject") ]]; then
    read -r value unit < <(ticks_each "$OWN_TICKS" "$count" "$thing")
    record "$round" "$measure-cpu-process" "$subject" "$value" "$unit"
  fi
  progress "round $round/$ROUNDS  $measure  $subject $shown  (idle before: $IDLE %)"
}

# Downloads for a while; ends by time, never by length.
measure_bulk() {
  local subject=$1 connections=$2 seconds=$3 i pids=()
  for ((i = 0; i < connections; i++)); do
    at_client curl -s -o /dev/null --max-time "$seconds" -H 'Host: a.test' -w '%{size_download} %{time_total}\n' \
      "${URL[$subject]}/big" >"$RUN/bulk.$i" &
    pids+=("$!")
  done
  # curl ends with 28: the time is up.
  for i in "${pids[@]}"; do wait "$i" || true; done
  for ((i = 0; i < connections; i++)); do cat "$RUN/bulk.$i"; done >"$RUN/bulk"
  bulk_result "$RUN/bulk"
}

# usage: bulk_result FILE of "BYTES SECONDS" lines, one a connection
bulk_result() {
  awk '
    { bytes += $1; rate += $2 > 0 ? $1 / $2 : 0 }
    END { printf "value %.3f Gbit/s\nwork %.6f GB\n", rate * 8 / 1e9, bytes / 1e9 }' "$1"
}

# usage: tls_at_client SUBJECT PATH CURL-OPTIONS...
tls_at_client() {
  local subject=$1 path=$2
  shift 2
  at_client curl -sk --connect-to "a.test:443:${TLS_SOCKET[$subject]}" "$@" "https://a.test$path" || true
}

# What the ends encipher is their affair; the middle passes it on.
measure_tls() {
  local subject=$1 what=$2 seconds=$3
  case $what in
    bulk)
      tls_at_client "$subject" /big -o /dev/null --max-time "$seconds" -w '%{size_download} %{time_total}\n' >"$RUN/bulk.0"
      bulk_result "$RUN/bulk.0"
      ;;
    new)
      at_client wrk -t 1 -c 32 -d "${seconds}s" -s "$HERE/lib/hosts.lua" "https://${TLS_SOCKET[$subject]}/" -- close one \
        >"$RUN/wrk" 2>&1 || true
      wrk_result conn/s connection
      ;;
  esac
}

measure_kept() {
  local hosts=two
  [[ $1 != steamgate-followed ]] || hosts=one
  at_client wrk -t 1 -c "$2" -d "$3s" -s "$HERE/lib/hosts.lua" "${URL[$1]}/" -- keep "$hosts" >"$RUN/wrk" 2>&1 || true
  wrk_result req/s request
}

measure_new() {
  at_client wrk -t 1 -c 32 -d "$3s" -s "$HERE/lib/hosts.lua" "${URL[$1]}/" -- close >"$RUN/wrk" 2>&1 || true
  wrk_result conn/s connection
}

wrk_result() {
  awk -v unit="$1" -v per="$2" '
    /requests in/ { n = $1 }
    /Requests\/sec/ { rate = $2 }
    /Socket errors/ { gsub(",", ""); errors = $4 + $6 + $8 + $10 }
    /Non-2xx/ { errors += $NF }
    END {
      printf "value %.0f %s\nwork %d %s\n", rate, unit, n, per
      if (errors > 0) printf "-errors %d errors\n", errors
    }' "$RUN/wrk"
}

# A fixed rate, well under what the slowest can do, over 32 kept connections that do not march in step. wrk mends its
# percentiles for the requests that a slow answer kept from being sent.
# What is asked for is a request on a kept connection: the first one on each, which waits for the hand-over, counts among
# them, and must be so few that the 99th percentile is not about those.
readonly LATENCY_RATE=2000
measure_latency() {
  local first=()
  if [[ -n $PRIORITY ]]; then
    # The run waits for other work's time slices otherwise; at this rate it needs little of the cores.
    first=(chrt --rr 1)
    real_time --rr 1 "$1"
  fi
  at_client "${first[@]}" wrk -t 1 -c 32 -d "$((4 * $3))s" --latency -s "$HERE/lib/paced.lua" "${URL[$1]}/" -- keep $((LATENCY_RATE / 32)) \
    >"$RUN/wrk" 2>&1 || true
  awk '
    $1 == "percentiles" { printf "-p50 %d us\n-p99 %d us\n", $2, $3 }
    /requests in/ { printf "work %d request\n", $1 }
    /Requests\/sec/ { printf "-rate %.0f req/s\n", $2 }' "$RUN/wrk"
  [[ -z $PRIORITY ]] || real_time --other 0 "$1"
}

# usage: real_time POLICY PRIORITY SUBJECT
real_time() {
  local pid threads=()
  mapfile -t threads < <(
    for pid in $(pids_of "$3") $(<"$RUN/site.pid") $(cat "/proc/$(<"$RUN/site.pid")/task/"*/children); do
      if [[ $(<"/proc/$pid/comm") == java ]]; then
        # Of the edge the thread that moves packets, if it is not the kernel that does: nothing else of it is to be in
        # anybody's way.
        [[ $DATA_PATH != user ]] || grep -lx poll-loop "/proc/$pid/task/"*/comm | cut -d/ -f5
      else
        say "$pid"
      fi
    done
  )
  for pid in "${threads[@]}"; do chrt "$1" --pid "$2" "$pid" || die "--priority needs chrt(1) and root"; done
}

# Many flows that do nothing: what each costs in memory. The peers hold fewer (a process of theirs has two descriptors a
# flow, and a limit of those), so the figure to compare is per flow.
measure_idle_flows() {
  local flows=100000 peers=7500
  if [[ -n $QUICK ]]; then flows=10000 peers=2000; fi
  if wants haproxy-tcp; then idle_flows haproxy-tcp 198.18.2.1:8090 198.18.2.100 "$peers"; fi
  if wants nginx-stream; then idle_flows nginx-stream 198.18.2.1:8091 198.18.2.100 "$peers"; fi
  if wants steamgate; then idle_flows steamgate "$EDGE_VIP:$IDLE_PORT" 198.18.3.100 "$flows"; fi
}

# usage: idle_flows SUBJECT ADDRESS:PORT FIRST-CLIENT COUNT
idle_flows() {
  local subject=$1 target=$2 source=$3 count=$4 before after heap_before=0 heap_after=0 holder opened
  progress "opening $count idle flows through $subject"
  if [[ $subject == steamgate ]]; then heap_before=$(live_heap_mib); fi
  before=$(rss_mib "$subject")
  mkfifo "$RUN/idle.stop"
  at_client python3 "$HERE/lib/idle_flows.py" "$target" "$source" "$CLIENT_ADDRESSES" "$count" \
    <"$RUN/idle.stop" >"$RUN/idle.out" 2>"$RUN/idle.err" &
  holder=$!
  exec {STOP}>"$RUN/idle.stop"
  until grep -q '^held' "$RUN/idle.out"; do
    if ! kill -0 "$holder" 2>/dev/null; then
      warn "idle flows through $subject: $(tail -n 1 "$RUN/idle.err")"
      break
    fi
    sleep 0.5
  done
  opened=$(awk '/^held/ { print $2 }' "$RUN/idle.out")
  if [[ $subject == steamgate ]]; then heap_after=$(live_heap_mib); fi
  after=$(rss_mib "$subject")
  exec {STOP}>&-
  wait "$holder" || true
  rm -f "$RUN/idle.stop"
  [[ -n $opened ]] || return 0
  record 1 idle-flows "$subject" "$opened" flows
  record 1 idle-flows-rss "$subject" "$(awk -v a="$after" -v b="$before" 'BEGIN { printf "%.1f", a - b }')" "MiB more"
  record 1 idle-flows-each "$subject" "$(awk -v a="$after" -v b="$before" -v n="$opened" 'BEGIN { printf "%.0f", (a - b) * 1048576 / n }')" "B/flow"
  if [[ $subject == steamgate ]]; then
    record 1 idle-flows-heap steamgate "$(awk -v a="$heap_after" -v b="$heap_before" 'BEGIN { printf "%.1f", a - b }')" "MiB more"
  fi
  progress "idle flows: $subject holds $opened, $before -> $after MiB resident (live heap $heap_before -> $heap_after MiB)"
}
