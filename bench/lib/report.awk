# Reads single measurements (round, measure, subject, value, unit), prints a table of medians with ratios, and appends
# one line of JSON for each median and base of comparison to the file `lines` (this run's alone: `lines`.last).

function median(list, n,    i, j, t) {
  for (i = 2; i <= n; i++) {
    t = list[i]
    for (j = i - 1; j >= 1 && list[j] > t; j--) list[j + 1] = list[j]
    list[j + 1] = t
  }
  return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

function median_of(measure, subject,    list, n, r) {
  for (r = 1; r <= rounds; r++)
    if ((measure, subject, r) in value) list[++n] = value[measure, subject, r]
  count = n
  return median(list, n)
}

function ratio_to(measure, subject, base,    list, n, r, v) {
  for (r = 1; r <= rounds; r++)
    if ((measure, subject, r) in value && (measure, base, r) in value) {
      v = value[measure, base, r]
      if (v > 0) list[++n] = value[measure, subject, r] / v
    }
  return n ? sprintf("%.3f", median(list, n)) : ""
}

function json(measure, subject, v, unit, base, ratio, n,    line) {
  line = sprintf("{\"bench\":\"%s\",\"measure\":\"%s\",\"subject\":\"%s\",\"value\":%s,\"unit\":\"%s\",\"ratioTo\":%s,\"ratio\":%s,\"rounds\":%d}",
    bench, measure, subject, v, unit, base == "" ? "null" : "\"" base "\"", ratio == "" ? "null" : ratio, n)
  print line >> lines
  print line > (lines ".last")
}

BEGIN { FS = "\t"; if (bench == "") bench = "edge"; bases_n = split(bases, base, ",") }

{
  $4 += 0
  value[$2, $3, $1] = $4
  if ($1 > rounds) rounds = $1
  if (!($2 in unit)) { unit[$2] = $5; order[++measures] = $2 }
  if (!(($2, $3) in seen)) { seen[$2, $3] = 1; subjects[$2] = subjects[$2] (subjects[$2] == "" ? "" : ",") $3 }
}

END {
  for (m = 1; m <= measures; m++) {
    name = order[m]
    compared = 0
    for (b = 1; b <= bases_n; b++) if ((name, base[b]) in seen) compared++
    printf "\n%-28s %14s %10s %10s", name " (" unit[name] ")", "median", "min", "max"
    if (compared) for (b = 1; b <= bases_n; b++) if ((name, base[b]) in seen) printf " %15s", "/ " base[b]
    printf "\n"
    n = split(subjects[name], list, ",")
    for (s = 1; s <= n; s++) {
      v = median_of(name, list[s]); times = count
      low = high = ""
      for (r = 1; r <= rounds; r++)
        if ((name, list[s], r) in value) {
          x = value[name, list[s], r]
          if (low == "" || x < low) low = x
          if (high == "" || x > high) high = x
        }
      printf "  %-26s %14s %10s %10s", list[s], v, low, high
      any = 0
      for (b = 1; b <= bases_n; b++)
        if ((name, base[b]) in seen) {
          ratio = ratio_to(name, list[s], base[b])
          printf " %15s", ratio
          json(name, list[s], v, unit[name], base[b], ratio, times)
          any = 1
        }
      if (!any) json(name, list[s], v, unit[name], "", "", times)
      printf "\n"
    }
  }
}
