# Reads `jfr print` of samples and prints the poll loop's hot lines (top of stack) and hot methods (anywhere on it).

function flush(    i, m) {
  if (ours && frames) {
    total++
    top[frame[1]]++
    delete once
    for (i = 1; i <= frames; i++) {
      m = frame[i]
      sub(/ +line:.*/, "", m)
      if (!(m in once)) { once[m] = 1; any[m]++ }
    }
  }
  frames = 0
  ours = 0
}

function show(title, counts, most,    k, best, n) {
  print "  " title
  for (n = 0; n < most; n++) {
    best = ""
    for (k in counts) if (best == "" || counts[k] > counts[best]) best = k
    if (best == "" || counts[best] * 100 < total) break
    printf "    %5.1f %%  %s\n", counts[best] * 100 / total, best
    delete counts[best]
  }
}

/^jdk\./ { flush(); kind = $1; kinds[kind]++ }
/sampledThread =|eventThread =/ { if (index($0, loop)) ours = 1 }
/line: *[0-9]/ { line = $0; sub(/^ +/, "", line); sub(/\(.*\)/, "", line); sub(/stackTrace = \[ */, "", line); frame[++frames] = line }
END {
  flush()
  printf "  %d samples of the poll loop\n", total
  if (total) {
    show("on the processor, by line", top, 25)
    show("on the stack, by method", any, 30)
  }
}
