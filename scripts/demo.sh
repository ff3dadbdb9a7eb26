# shellcheck shell=bash
# ./steamgate demo: the main job as it happens, each step checked.

DEMO_FAILED=0

demo() {
  (($# == 0)) || die "demo takes no arguments"
  demo_picture
  step "What this machine has"
  doctor_before_work
  say "  $(nproc) cores, $(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo) MiB, Linux $(uname -r), JDK in $JAVA_HOME, lab as $(lab_privilege)"
  lab down >/dev/null
  # Whatever ends the demo takes the lab with it, except the good end on a terminal.
  trap 'lab down' EXIT
  trap 'exit 130' INT TERM HUP
  step "The lab: six network namespaces, two sites with web and mail, the edge"
  local started=$SECONDS
  lab up | indented
  passed_if "edge and sites are ready after $((SECONDS - started)) s" true

  demo_address
  demo_routing
  demo_kept_connection
  demo_tls
  demo_names
  demo_mail
  demo_download
  demo_summary
  demo_end
}

demo_picture() {
  cat <<EOF
${BOLD}Steamgate: one address, no kernel behind it, many services behind that.$PLAIN

   client 192.0.2.2 ─┐                                             ┌─ site-a 198.51.100.11  a.test
                     ├── WAN ── 192.0.2.10 (VIP) edge ─── LAN ─────┤
  client2 192.0.2.3 ─┘          its own TCP/IP stack               └─ site-b 198.51.100.12  b.test, a.test/shared/

  SYN ─► accepted ─► head read ─► rule found ─► replayed to the site ─► spliced: packets rewritten, nothing terminated
EOF
}

step() {
  printf '\n%s%s%s\n' "$BOLD" "$*" "$PLAIN"
}

# usage: passed_if TEXT COMMAND... prints the text marked by whether the command succeeds
passed_if() {
  local text=$1
  shift
  if "$@"; then
    printf '  %sok%s    %s\n' "$GREEN" "$PLAIN" "$text"
  else
    printf '  %sFAILED%s %s\n' "$RED" "$PLAIN" "$text"
    DEMO_FAILED=$((DEMO_FAILED + 1))
  fi
}

# Shows a command as a user would type it.
shown() {
  printf '  %s$ %s%s\n' "$DIM" "$*" "$PLAIN"
}

indented() {
  sed 's/^/    /'
}

# Runs a command on a host of the lab.
on() {
  (lab exec "$@")
}

contains() {
  [[ $1 == *"$2"* ]]
}

# The sum of a metric of the edge over its labels.
edge_metric() {
  on edge curl -s --max-time 5 http://localhost:9000/q/metrics 2>/dev/null \
    | awk -v name="$1" '{ metric = $1; sub(/[{].*/, "", metric); if (metric == name) sum += $NF } END { printf "%d", sum }'
}

demo_address() {
  local addresses answer rtt
  step "The address belongs to no kernel, and yet it answers"
  addresses=$(on edge ip -o -4 addr | awk '{ print $4 }' | paste -sd' ')
  shown "lab exec edge ip -4 addr"
  passed_if "the edge's kernel owns $addresses and nothing else" [ "$addresses" = 127.0.0.1/8 ]
  shown "lab exec client arping $VIP"
  answer=$(on client arping -c 3 -w 5 -I eth0 "$VIP" 2>&1) || true
  rtt=$(grep -o '\[.*\].*' <<<"$answer" | tail -n 1)
  passed_if "ARP: $VIP is at ${rtt:-nobody}" contains "${answer,,}" "[${MAC[edge]}]"
  shown "lab exec client ping $VIP"
  answer=$(on client ping -q -c 10 -i 0.2 -W 2 "$VIP" 2>&1) || true
  rtt=$(sed -n 's|^rtt min/avg/max/mdev = \(.*\)|\1|p' <<<"$answer")
  passed_if "ping: 10 of 10 answered, min/avg/max/mdev ${rtt:-none}" contains "$answer" " 10 received"
}

demo_routing() {
  local answer host site url
  step "Two hosts on one address, and a path"
  while read -r url site; do
    shown "lab exec client curl $url"
    answer=$(on client curl -sS --max-time 10 -w ' in %{time_total} s' "$url" 2>&1) || true
    passed_if "${answer/$'\n'/}" contains "$answer" "\"host\":\"$site\",\"clientAddress\":\"${ADDRESS[client]}\""
  done <<'URLS'
http://a.test/whoami site-a
http://b.test/whoami site-b
http://a.test/shared/whoami site-b
URLS
  host=$(on client2 curl -sS --max-time 10 http://a.test/whoami 2>&1) || true
  passed_if "and the site sees who it really is: client2 is $(sed -n 's/.*"clientAddress":"\([^"]*\)".*/\1/p' <<<"$host")" \
    contains "$host" "\"clientAddress\":\"${ADDRESS[client2]}\""
}

demo_kept_connection() {
  local answer sites connects
  step "One kept connection, handed off again whenever a request belongs elsewhere"
  shown "lab exec client curl http://a.test/whoami --next http://a.test/shared/whoami --next -d ..."
  answer=$(on client curl -sS --max-time 10 \
    -w ' %{num_connects}\n' http://a.test/whoami \
    --next -sS -w ' %{num_connects}\n' http://a.test/shared/whoami \
    --next -sS -w ' %{num_connects}\n' -d "a body" http://a.test/echo \
    --next -sS -w ' %{num_connects}\n' -d "a body" http://a.test/shared/echo \
    --next -sS -w ' %{num_connects}\n' http://a.test/whoami 2>&1) || true
  sites=$(grep -o 'site-[ab]' <<<"$answer" | paste -sd' ')
  connects=$(awk '{ sum += $NF } END { print sum }' <<<"$answer")
  passed_if "GET /, GET /shared/, POST /, POST /shared/, GET / were served by: $sites" \
    [ "$sites" = "site-a site-b site-a site-b site-a" ]
  passed_if "on $connects connection of the client" [ "$connects" = 1 ]
}

demo_tls() {
  local name site answer
  step "TLS passes through untouched, by the name in its first message"
  while read -r name site; do
    shown "lab exec client curl https://$name/whoami"
    answer=$(on client curl -sS --max-time 10 -v "https://$name/whoami" 2>&1) || true
    passed_if "$(sed -n 's/^\*  *subject: /certificate of /p' <<<"$answer"), verified; served by $(sed -n 's/.*"host":"\([^"]*\)".*/\1/p' <<<"$answer")" \
      contains "$answer" "\"host\":\"$site\""
  done <<'NAMES'
a.test site-a
b.test site-b
NAMES
}

# How many answers dns-b has taken from what nodes know together, instead of asking outside.
shared_answers() {
  on site-b curl -fsS --max-time 5 http://localhost:9002/q/metrics | awk '/^steamgate_dns_fetches_total\{event="shared"/ { print int($2) }'
}

demo_names() {
  local answer before after
  step "Names: the cluster answers for itself, and what one node has fetched the other knows"
  shown "lab exec client dig @$VIP cloud.neonics.test A"
  answer=$(on client dig "@$VIP" cloud.neonics.test A +noall +answer 2>&1) || true
  passed_if "${answer//$'\t'/ }" contains "$answer" "$VIP"
  before=$(shared_answers)
  shown "lab exec site-a dig @${ADDRESS[site-a]} www.outside.test A; lab exec site-b dig @${ADDRESS[site-b]} www.outside.test A"
  answer=$(on site-a dig "@${ADDRESS[site-a]}" www.outside.test A +short 2>&1) || true
  passed_if "dns-a has asked outside: $answer" [ "$answer" = 203.0.113.80 ]
  answer=$(on site-b dig "@${ADDRESS[site-b]}" www.outside.test A +short 2>&1) || true
  after=$(shared_answers)
  passed_if "dns-b has found the same, $answer, in the state they share ($((after - before)) of 1)" [ "$answer $((after - before))" = "203.0.113.80 1" ]
}

demo_mail() {
  local answer domain service subject file
  step "Mail: whichever relay gets it, it is stored where its domain lives before the client hears of it"
  while read -r domain service; do
    subject="demo $RANDOM$RANDOM"
    shown "lab exec client swaks --server mail.test --from me@client.test --to joe@$domain --h-Subject '$subject'"
    answer=$(on client swaks --server mail.test --from me@client.test --to "joe@$domain" --h-Subject "$subject" 2>&1 </dev/null) || true
    file=$(grep -rlF "Subject: $subject" "$LAB_DIR/$service/mail/$domain/joe/new" 2>/dev/null) || true
    passed_if "the client heard: $(grep -F ' 250 2.0.0' <<<"$answer" | tail -n 1)" contains "$answer" " 250 2.0.0"
    passed_if "${file#"$ROOT"/}" [ -s "$file" ]
    tr -d '\r' <"$file" 2>/dev/null | sed -n '/^$/q; /^\(Return-Path\|Received\|\t\|Subject\)/p' | indented || true
  done <<'DOMAINS'
a.test mail-a
b.test mail-b
DOMAINS
  answer=$(on client swaks --server mail.test --from me@client.test --to joe@elsewhere.test --quit-after RCPT 2>&1) || true
  passed_if "mail for elsewhere is refused: $(grep -oE '55[0-9] 5.*' <<<"$answer" | head -n 1)" contains "$answer" " 554 5.7.1"
}

# Prints CPU time in ticks and resident memory in KiB of the edge.
edge_usage() {
  local pid
  read -r pid _ <"$LAB_DIR/edge/pid"
  on edge cat "/proc/$pid/stat" | awk '{ sub(/.*\) /, ""); print $12 + $13 }'
  on edge cat "/proc/$pid/status" | awk '/^VmRSS:/ { print $2 }'
}

client_received() {
  on client cat /sys/class/net/eth0/statistics/rx_bytes
}

demo_download() {
  local mebibytes=1024 digest_file=$LAB_DIR/digest pid before now start elapsed ticks_before usage flows='' expected got
  local ticks_a_second
  ticks_a_second=$(getconf CLK_TCK)
  step "1 GiB through a spliced flow"
  shown "lab exec client sh -c 'curl http://a.test/big/$mebibytes | sha256sum'"
  before=$(client_received)
  mapfile -t usage < <(edge_usage)
  ticks_before=${usage[0]}
  start=$(date +%s%N)
  on client sh -c "curl -sS --max-time 300 http://a.test/big/$mebibytes | sha256sum" >"$digest_file" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    mapfile -t usage < <(edge_usage)
    now=$(client_received)
    elapsed=$((($(date +%s%N) - start) / 1000000))
    printf '  %s%5d MiB  %5d Mbit/s  edge: CPU %3d %%, memory %d MiB%s\n' "$DIM" $(((now - before) >> 20)) \
      $(((now - before) * 8 / 1000 / elapsed)) $(((usage[0] - ticks_before) * 100000 / ticks_a_second / elapsed)) \
      $((usage[1] / 1024)) "$PLAIN"
    [[ -n $flows ]] || flows=$(on edge curl -s --max-time 5 -H 'Accept: text/plain' http://localhost:9000/flows) || true
  done
  wait "$pid" || true
  elapsed=$((($(date +%s%N) - start) / 1000000))
  got=$(cut -c1-64 "$digest_file")
  say "  the flow table meanwhile:"
  indented <<<"$flows"
  passed_if "the flow table shows the client's flow" contains "$flows" "${ADDRESS[client]}"
  expected=$(on site-b sh -c "curl -sS --resolve a.test:80:${ADDRESS[site-a]} http://a.test/big/$mebibytes | sha256sum" | cut -c1-64) || true
  passed_if "1 GiB in $((elapsed / 1000)).$((elapsed % 1000 / 100)) s, $((mebibytes * 8389 / elapsed)) Mbit/s; SHA-256 at the client ${got:0:16}..., at the source ${expected:0:16}..." \
    same_digest "$got" "$expected"
}

# Two errors are equal too, but no digest.
same_digest() {
  [[ $1 =~ ^[0-9a-f]{64}$ && $1 == "$2" ]]
}

demo_summary() {
  local usage
  step "What it took"
  mapfile -t usage < <(edge_usage)
  say "  edge: $((usage[1] / 1024)) MiB resident, $(awk -v t="${usage[0]}" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.1f", t / hz }') s of CPU since its start"
  say "  connections accepted $(edge_metric steamgate_edge_connections_accepted_total), flows spliced $(edge_metric steamgate_edge_flows_spliced_total), packets forwarded $(edge_metric steamgate_edge_path_packets_total), frames dropped $(edge_metric steamgate_edge_dropped_frames_total)"
}

demo_end() {
  if ((DEMO_FAILED > 0)); then
    step "$DEMO_FAILED of the steps failed; logs are in ${LAB_DIR#"$ROOT"/}/*/log"
  else
    step "All of it worked. To try next:"
  fi
  cat <<'EOF'
  ./steamgate lab exec client curl http://a.test/shared/whoami
  ./steamgate lab exec client wrk -c 32 -d 5 http://a.test/whoami
  ./steamgate lab exec edge curl -s localhost:9000/flows
  ./steamgate lab exec edge curl -s localhost:9000/q/metrics
  ./steamgate lab stop site-a; ./steamgate lab exec client curl http://pool.test/whoami; ./steamgate lab start site-a
  ./steamgate lab status
  ./steamgate test
EOF
  if [[ -t 0 && -t 1 ]]; then
    printf '\nThe lab stays up until Enter; use another terminal meanwhile. '
    read -r _ || true
  fi
  trap - EXIT
  lab down
  ((DEMO_FAILED == 0)) || exit 1
}
