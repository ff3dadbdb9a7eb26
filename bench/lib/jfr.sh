# shellcheck shell=bash
# What only the JVM knows: bytes allocated by the poll loop's thread, live heap, and where the time goes.

# The name of the thread that moves the packets.
readonly LOOP_THREAD=${STEAMGATE_LOOP_THREAD:-poll-loop}

edge_pid() { cat "$RUN/edge.pid"; }

edge_jcmd() { "$JAVA_HOME/bin/jcmd" "$(edge_pid)" "$@"; }

# Twice, for what the first collection hands to reference queues. A histogram counts what is reachable.
live_heap_mib() {
  edge_jcmd GC.run >/dev/null
  edge_jcmd GC.run >/dev/null
  edge_jcmd GC.class_histogram | awk '/^Total/ { printf "%.1f", $3 / 1048576 }'
}

# Bytes that the poll loop's thread allocated for each frame that arrived, and for each new connection.
measure_allocation() {
  local measure
  for measure in bulk-1 kept-32 new; do
    allocation_under "$measure" "$SECONDS_EACH"
  done
}

# JFR counts a thread's allocated bytes at each end of a recording; nothing is sampled.
allocation_under() {
  local measure=$1 seconds=$2 file=$RUN/allocation-$1.jfr settings=$RUN/allocation.jfc before after bytes work
  cat >"$settings" <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<configuration version="2.0">
  <event name="jdk.ThreadAllocationStatistics"><setting name="enabled">true</setting><setting name="period">everyChunk</setting></event>
</configuration>
END
  rm -f "$file"
  # The work is under way before counting begins, so that what connections cost is not put on packets.
  if [[ $measure != new ]]; then
    "measure_${measure%%-*}" steamgate "${measure#*-}" $((seconds + 3)) >/dev/null &
    local load=$!
    sleep 1
  fi
  edge_jcmd JFR.start name=allocation settings="$settings" filename="$file" >/dev/null
  before=$(edge_frames)
  if [[ $measure == new ]]; then
    measure_new steamgate 32 "$seconds" >"$RUN/figures"
    work=$(awk '$1 == "work" { print $2 }' "$RUN/figures")
  else
    sleep "$seconds"
  fi
  after=$(edge_frames)
  edge_jcmd JFR.stop name=allocation >/dev/null
  [[ $measure == new ]] || wait "$load"
  bytes=$(loop_bytes "$file")
  if [[ -z $bytes ]]; then
    warn "no thread named '$LOOP_THREAD' in the recording: allocation under $measure unknown"
    return 0
  fi
  if [[ $measure == new ]]; then
    record 1 new-allocated steamgate "$(awk -v b="$bytes" -v n="$work" 'BEGIN { printf "%.1f", n ? b / n : 0 }')" B/connection
  else
    work=$((after - before))
    record 1 "$measure-allocated" steamgate "$(awk -v b="$bytes" -v n="$work" 'BEGIN { printf "%.3f", n ? b / n : 0 }')" B/frame
  fi
  progress "allocation: $measure: the poll loop allocated $bytes bytes for $work $([[ $measure == new ]] && say connections || say frames)"
}

loop_bytes() {
  "$JAVA_HOME/bin/jfr" print --json --events jdk.ThreadAllocationStatistics "$1" | awk -v name="$LOOP_THREAD" '
    /"allocated":/ { gsub(/[^0-9]/, ""); bytes = $0 + 0 }
    /"javaName":/ {
      if (index($0, name)) { if (!n++ || bytes < low) low = bytes; if (bytes > high) high = bytes }
    }
    END { if (n) printf "%d", high - low }'
}

# Ten seconds of each kind of work under JFR's profile, and the lines of code that were on the processor.
profile_all() {
  local measure file
  for measure in bulk-1 kept-32 new; do
    measures "$measure" || continue
    file=$OUT/profile-$measure.jfr
    rm -f "$file"
    edge_jcmd JFR.start name=profile settings=profile "jdk.CPUTimeSample#enabled=true" "jdk.CPUTimeSample#throttle=5ms" \
      filename="$file" >/dev/null
    "measure_${measure%%-*}" steamgate "${measure#*-}" 10 >"$RUN/figures"
    edge_jcmd JFR.stop name=profile >/dev/null
    say
    say "${BOLD}$measure${PLAIN}: $(awk '$1 == "value" { print $2, $3 }' "$RUN/figures"); recording in ${file#"$ROOT"/}"
    profile_lines "$file"
  done
}

# Of the poll loop's samples: the share of each line at the top of the stack, and of each method anywhere on it.
profile_lines() {
  "$JAVA_HOME/bin/jfr" print --stack-depth 32 --events jdk.CPUTimeSample,jdk.ExecutionSample,jdk.NativeMethodSample "$1" \
    | awk -v loop="$LOOP_THREAD" -f "$HERE/lib/profile.awk"
}
