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

# Bytes that the poll loop's thread allocated for each frame that arrived, and for each new connection; what it allocates
# without traffic (health checks are connections too) is taken off.
measure_allocation() {
  local measure seconds=$((SECONDS_EACH * 2)) idle bytes before after connections
  idle=$(loop_allocates sleep "$seconds") || return 0
  progress "allocation: the poll loop allocated $idle bytes in $seconds s without traffic"
  for measure in bulk-1 kept-32; do
    # The connections are there before counting begins.
    "measure_${measure%%-*}" steamgate "${measure#*-}" $((seconds + 6)) >/dev/null &
    local load=$!
    sleep 2
    before=$(edge_frames)
    bytes=$(loop_allocates sleep "$seconds")
    after=$(edge_frames)
    wait "$load"
    record_allocated "$measure" "$bytes" "$idle" $((after - before)) B/frame
  done
  bytes=$(loop_allocates measure_new steamgate 32 "$seconds")
  connections=$(wrk_result x x | awk '$1 == "work" { print $2 }')
  record_allocated new "$bytes" "$idle" "$connections" B/connection
}

# usage: record_allocated MEASURE BYTES IDLE-BYTES COUNT UNIT
record_allocated() {
  local each
  each=$(awk -v b="$2" -v i="$3" -v n="$4" 'BEGIN { b -= i; printf "%.2f", (n > 0 && b > 0 ? b / n : 0) }')
  record 1 "$1-allocated" steamgate "$each" "$5"
  progress "allocation: $1: $2 bytes for $4, of which $3 would have been without traffic: $each $5"
}

# usage: loop_allocates CMD... prints the bytes that the poll loop's thread allocates meanwhile. JFR counts a thread's
# allocated bytes at each end of a recording; nothing is sampled.
loop_allocates() {
  local file=$RUN/allocation.jfr settings=$RUN/allocation.jfc bytes
  cat >"$settings" <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<configuration version="2.0">
  <event name="jdk.ThreadAllocationStatistics"><setting name="enabled">true</setting><setting name="period">everyChunk</setting></event>
</configuration>
END
  rm -f "$file"
  edge_jcmd JFR.start name=allocation settings="$settings" filename="$file" >/dev/null
  "$@" >/dev/null
  edge_jcmd JFR.stop name=allocation >/dev/null
  bytes=$(loop_bytes "$file")
  if [[ -z $bytes ]]; then
    warn "no thread named '$LOOP_THREAD' in the recording: allocation unknown"
    return 1
  fi
  say "$bytes"
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
    edge_jcmd JFR.start name=profile settings=profile "jdk.CPUTimeSample#enabled=true" "jdk.CPUTimeSample#throttle=1ms" "jdk.ObjectAllocationInNewTLAB#enabled=true" \
      filename="$file" >/dev/null
    "measure_${measure%%-*}" "$SUBJECTS" "${measure#*-}" 10 >"$RUN/figures"
    edge_jcmd JFR.stop name=profile >/dev/null
    say
    say "${BOLD}$measure${PLAIN}: $(awk '$1 == "value" { print $2, $3 }' "$RUN/figures"); recording in ${file#"$ROOT"/}"
    profile_lines "$file"
  done
}

# Of the poll loop's samples: the share of each line at the top of the stack, and of each method anywhere on it.
profile_lines() {
  "$JAVA_HOME/bin/jfr" print --stack-depth 32 --events jdk.CPUTimeSample "$1" \
    | awk -v loop="$LOOP_THREAD" -f "$HERE/lib/profile.awk"
  "$JAVA_HOME/bin/jfr" print --stack-depth 32 --events jdk.ObjectAllocationSample "$1" \
    | awk -v loop="$LOOP_THREAD" -v weighed=1 -f "$HERE/lib/profile.awk"
}
