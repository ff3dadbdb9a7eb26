# Reads `jfr print` of samples and prints the poll loop's hot lines (top of stack) and hot methods (anywhere on it); of
# allocation samples what was allocated and where, weighed by bytes.

function flush(    i, m, w) {
  if (ours && frames) {
    w = weighed ? weight : 1
    total += w
    samples++
    top[(weighed ? class "  at  " : "") frame[1]] += w
    delete once
    for (i = 1; i <= frames; i++) {
      m = frame[i]
      sub(/ +line:.*/, "", m)
      if (!(m in once)) { once[m] = 1; any[m] += w }
    }
  }
  frames = ours = 0
  weight = 1
  class = ""
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

function bytes(text,    n) {
  n = text + 0
  if (text ~ /kB/) return n * 1024
  if (text ~ /MB/) return n * 1048576
  return n
}

/^jdk\./ { flush() }
/sampledThread =|eventThread =/ { if (index($0, loop)) ours = 1 }
/objectClass =/ { class = $3 }
/weight =/ { weight = bytes($3 " " $4) }
/line: *[0-9]/ {
  line = $0
  sub(/^ +/, "", line)
  sub(/stackTrace = \[ */, "", line)
  sub(/\(.*\)/, "", line)
  frame[++frames] = line
}
END {
  flush()
  printf "  %d samples of the poll loop\n", samples
  if (samples) {
    show(weighed ? "allocated, by class and line" : "on the processor, by line", top, 25)
    show("on the stack, by method", any, weighed ? 15 : 30)
  }
}
