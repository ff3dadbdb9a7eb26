# shellcheck shell=bash
# The servers of bench dns: each on one thread and one core, with logs and limits off and caches large enough, told to ask
# the same nsd for what they do not have. Ports are of a network namespace of the benchmark's own.

# shellcheck disable=SC2034 # used by bench/dns
readonly SERVER_CPU=0 CLIENT_CPU=1
readonly UPSTREAM_PORT=5301
declare -rA PORT=(
  [nsd]=5301 [knot]=5302 [bind-auth]=5303 [steamgate-auth]=5304
  [unbound]=5311 [bind]=5312 [dnsdist]=5313 [kresd]=5314 [steamgate]=5315
)
# Java's and Netty's own checks of what the service has checked; what follows is said in docs/benchmarks.md too.
readonly STEAMGATE_JAVA="${STEAMGATE_DNS_JAVA:--Xms192m -Xmx192m -XX:+UseSerialGC -XX:+UseCompactObjectHeaders} --enable-native-access=ALL-UNNAMED"

# peers.bench with 10,000 names is the load, big.bench with 100,000 the memory.
make_zones() {
  mkdir -p "$RUN/zones" "$RUN/kresd"
  zone_of 10000 >"$RUN/zones/peers.bench.zone"
  zone_of 100000 >"$RUN/zones/big.bench.zone"
  mkdir -p "$RUN/own"
  ln -sf "$RUN/zones/peers.bench.zone" "$RUN/own/peers.bench.zone"
  awk 'BEGIN { srand(1); for (i = 0; i < 100000; i++) printf "h%d.peers.bench A\n", int(rand() * 10000) }' >"$RUN/random.q"
  awk 'BEGIN { for (i = 0; i < 10000; i++) printf "h%d.peers.bench A\n", i }' >"$RUN/warm.q"
  awk 'BEGIN { for (i = 0; i < 100000; i++) printf "h%d.big.bench A\n", i }' >"$RUN/big.q"
}

zone_of() {
  awk -v n="$1" 'BEGIN {
    print "$TTL 86400\n@ SOA ns. host. 1 7200 3600 1209600 3600\n@ NS ns\nns A 127.0.0.1"
    for (i = 0; i < n; i++) printf "h%d A 10.%d.%d.%d\n", i, int(i / 65536), int(i / 256) % 256, i % 256
  }'
}

write_configurations() {
  cat >"$RUN/nsd.conf" <<EOF
server:
  ip-address: 127.0.0.1@${PORT[nsd]}
  server-count: 1
  username: ""
  zonesdir: "$RUN/zones"
  pidfile: ""
  database: ""
  zonelistfile: "$RUN/nsd.zonelist"
  xfrdfile: "$RUN/nsd.xfrd"
  xfrdir: "$RUN"
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: peers.bench
  zonefile: peers.bench.zone
zone:
  name: big.bench
  zonefile: big.bench.zone
EOF
  cat >"$RUN/knot.conf" <<EOF
server:
  rundir: $RUN
  listen: 127.0.0.1@${PORT[knot]}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
control:
  listen: $RUN/knot.sock
database:
  storage: $RUN/knotdb
template:
  - id: default
    storage: $RUN/zones
    zonefile-sync: -1
    journal-content: none
    zonefile-load: whole
zone:
  - domain: peers.bench
    file: peers.bench.zone
EOF
  local common='listen-on-v6 { none; }; pid-file none; session-keyfile none; dnssec-validation no; notify no;'
  local quiet='controls { }; logging { channel off { null; }; category queries { off; }; };'
  cat >"$RUN/bind-auth.conf" <<EOF
options { directory "$RUN/zones"; listen-on port ${PORT[bind-auth]} { 127.0.0.1; }; recursion no; $common };
$quiet
zone "peers.bench" { type primary; file "peers.bench.zone"; };
EOF
  cat >"$RUN/bind.conf" <<EOF
options { directory "$RUN/zones"; listen-on port ${PORT[bind]} { 127.0.0.1; }; recursion yes; allow-recursion { 127.0.0.1; };
  max-cache-size 512m; empty-zones-enable no; $common };
$quiet
zone "peers.bench" { type forward; forward only; forwarders { 127.0.0.1 port $UPSTREAM_PORT; }; };
zone "big.bench" { type forward; forward only; forwarders { 127.0.0.1 port $UPSTREAM_PORT; }; };
EOF
  cat >"$RUN/unbound.conf" <<EOF
server:
  interface: 127.0.0.1@${PORT[unbound]}
  num-threads: 1
  do-ip6: no
  chroot: ""
  username: ""
  directory: "$RUN"
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  do-not-query-localhost: no
  msg-cache-size: 256m
  rrset-cache-size: 256m
  outgoing-range: 4096
  num-queries-per-thread: 2048
  qname-minimisation: no
remote-control:
  control-enable: no
stub-zone:
  name: "peers.bench."
  stub-addr: 127.0.0.1@$UPSTREAM_PORT
stub-zone:
  name: "big.bench."
  stub-addr: 127.0.0.1@$UPSTREAM_PORT
EOF
  cat >"$RUN/dnsdist.conf" <<EOF
setLocal("127.0.0.1:${PORT[dnsdist]}")
setACL({"127.0.0.0/8"})
setSecurityPollSuffix("")
newServer({address="127.0.0.1:${PORT[unbound]}", checkName="h0.peers.bench.", checkInterval=30})
getPool(""):setCache(newPacketCache(200000, {maxTTL=86400, minTTL=0}))
EOF
  cat >"$RUN/kresd.conf" <<EOF
net.ipv6 = false
net.listen('127.0.0.1', ${PORT[kresd]}, {kind = 'dns'})
cache.size = 256 * MB
trust_anchors.remove('.')
modules = { 'policy' }
policy.add(policy.suffix(policy.STUB({'127.0.0.1@$UPSTREAM_PORT'}), policy.todnames({'peers.bench.', 'big.bench.'})))
EOF
  service_configuration steamgate "steamgate.dns.forward.upstreams=127.0.0.1:$UPSTREAM_PORT" 9001
  service_configuration steamgate-auth "steamgate.dns.zones.directory=$RUN/own" 9002
}

# usage: service_configuration NAME LINE MANAGEMENT-PORT
service_configuration() {
  mkdir -p "$RUN/$1/config"
  cat >"$RUN/$1/config/application.properties" <<EOF
steamgate.dns.listen=127.0.0.1:${PORT[$1]}
steamgate.dns.threads=1
steamgate.dns.rate.per-second=0
$2
quarkus.management.host=127.0.0.1
quarkus.management.port=$3
EOF
}

# usage: spawn NAME CMD...
spawn() {
  local name=$1
  shift
  (
    exec {LOCK}>&-
    exec setsid taskset -c "$SERVER_CPU" "$@" >"$RUN/$name.log" 2>&1 </dev/null
  ) &
  say "$!" >"$RUN/$name.pid"
}

# Sets READY to the seconds until the first answer.
start() {
  local name=$1 started=$EPOCHREALTIME java
  case $name in
    nsd) spawn nsd nsd -d -c "$RUN/nsd.conf" ;;
    knot) spawn knot knotd -c "$RUN/knot.conf" ;;
    bind-auth | bind) spawn "$name" named -f -n 1 -c "$RUN/$name.conf" ;;
    unbound) spawn unbound unbound -d -c "$RUN/unbound.conf" ;;
    dnsdist) spawn dnsdist dnsdist --supervised --disable-syslog -C "$RUN/dnsdist.conf" ;;
    kresd) spawn kresd kresd -n -c "$RUN/kresd.conf" "$RUN/kresd" ;;
    steamgate*)
      read -ra java <<<"$STEAMGATE_JAVA"
      (cd "$RUN/$name" && spawn "$name" "$JAVA_HOME/bin/java" "${java[@]}" -jar "$(service_jar dns-service)")
      ;;
  esac
  local deadline=$((SECONDS + 30))
  until dig +short +time=1 +tries=1 -p "${PORT[$name]}" @127.0.0.1 h0.peers.bench A 2>/dev/null | grep -q '^10\.'; do
    if ! kill -0 "$(<"$RUN/$name.pid")" 2>/dev/null || ((SECONDS >= deadline)); then
      tail -n 5 "$RUN/$name.log" >&2
      die "$name does not answer (whole log in ${RUN#"$ROOT"/}/$name.log)"
    fi
  done
  # shellcheck disable=SC2034 # used by bench/dns
  READY=$(awk -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { sub(",", ".", a); sub(",", ".", b); printf "%.2f", b - a }')
}

stop() {
  local pid all
  [[ -e $RUN/$1.pid ]] || return 0
  mapfile -t all < <(family "$(<"$RUN/$1.pid")")
  rm -f "$RUN/$1.pid"
  kill -TERM "${all[@]}" 2>/dev/null || true
  for pid in "${all[@]}"; do
    for _ in {1..50}; do
      kill -0 "$pid" 2>/dev/null || continue 2
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
  done
}

# A process and its descendants.
family() {
  local child
  say "$1"
  while read -r child; do family "$child"; done < <(cat /proc/"$1"/task/*/children 2>/dev/null | tr ' ' '\n' | grep .)
}

pids_of() { family "$(<"$RUN/$1.pid")"; }
