# shellcheck shell=bash
# The processes of the lab: what they are told, how they start and end.

# Sites first: the edge then finds its endpoints healthy at its first look.
readonly ALL_SERVICES=(site-a site-b dns-a dns-b mail-a mail-b edge)
SERVICES=("${ALL_SERVICES[@]}")
declare -rA SERVICE_MODULE=([edge]=edge-gateway [site-a]=session-store [site-b]=session-store
  [dns-a]=dns-service [dns-b]=dns-service [mail-a]=mail-relay [mail-b]=mail-relay)
# Where a service runs, if not on the host of its name; and its management port, if another one has 9000 there.
declare -rA SERVICE_HOST=([dns-a]=site-a [dns-b]=site-b [mail-a]=site-a [mail-b]=site-b)
declare -rA SERVICE_MANAGEMENT=([dns-a]=9002 [dns-b]=9002 [mail-a]=9001 [mail-b]=9001)
declare -rA SERVICE_JAVA=(
  [edge]="${STEAMGATE_EDGE_JAVA:--Xms64m -Xmx256m -XX:+UseSerialGC -XX:+UseCompactObjectHeaders -XX:+ExitOnOutOfMemoryError} --enable-native-access=ALL-UNNAMED"
  [site-a]="-Xms32m -Xmx256m -XX:+UseSerialGC"
  [site-b]="-Xms32m -Xmx256m -XX:+UseSerialGC"
  [dns-a]="-Xms32m -Xmx256m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED"
  [dns-b]="-Xms32m -Xmx128m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED"
  [mail-a]="-Xms32m -Xmx128m -XX:+UseSerialGC"
  [mail-b]="-Xms32m -Xmx128m -XX:+UseSerialGC"
)
readonly READY_SECONDS=60

# Whether a service is one of those that the lab was asked for.
runs_here() {
  [[ " ${SERVICES[*]} " == *" $1 "* ]]
}

# Each service starts in its own folder, where Quarkus reads config/application.properties.
write_configuration() {
  write_site site-a a.test pool.test
  write_site site-b b.test pool.test a.test
  if runs_here dns-a; then write_dns dns-a site-a; fi
  if runs_here dns-b; then write_dns dns-b site-b; fi
  if runs_here mail-a; then write_mail mail-a a.test b.test site-b; fi
  if runs_here mail-b; then write_mail mail-b b.test a.test site-a; fi
  mkdir -p "$LAB_DIR/edge/config"
  # Kept for `lab start edge`, which is told no options.
  if [[ -n $LAB_EDGE_CAPABILITIES ]]; then say "$LAB_EDGE_CAPABILITIES" >"$LAB_DIR/capabilities"; else rm -f "$LAB_DIR/capabilities"; fi
  write_routes >"$LAB_DIR/edge/routes.yaml"
  cat >"$LAB_DIR/edge/config/application.properties" <<EOF
quarkus.http.host=127.0.0.1
quarkus.management.host=127.0.0.1
quarkus.management.port=9000
steamgate.edge.link=$LAB_DEVICES
steamgate.edge.data-path=$LAB_DATA_PATH
${LAB_BPFFS:+steamgate.edge.bpffs=$LAB_BPFFS/steamgate}
steamgate.edge.interfaces.wan0.addresses=$VIP/24
steamgate.edge.interfaces.lan0.addresses=$LAN_GATEWAY/24
steamgate.edge.vips=$VIP
steamgate.edge.routes=$LAB_DIR/edge/routes.yaml
EOF
}

# usage: write_site HOST SITE... the first site's name is on its certificate
write_site() {
  local host=$1 certificate=$2 site trusted=''
  shift
  mkdir -p "$LAB_DIR/$host/config"
  for site in "$@"; do
    mkdir -p "$LAB_DIR/$host/sites/$site/shared"
    printf 'This is %s, served by %s.\n' "$site" "$host" >"$LAB_DIR/$host/sites/$site/index.html"
    printf 'This is %s/shared/, served by %s.\n' "$site" "$host" >"$LAB_DIR/$host/sites/$site/shared/index.html"
  done
  # From an address that is trusted a PROXY header is expected, which the other modes do not send.
  [[ $LAB_MODE != proxy ]] || trusted=steamgate.session.trusted-edges=$LAN_GATEWAY
  cat >"$LAB_DIR/$host/config/application.properties" <<EOF
steamgate.session.node=$host
steamgate.session.sites=$LAB_DIR/$host/sites
${trusted}
steamgate.session.lab-endpoints=true
quarkus.http.port=80
quarkus.http.ssl-port=443
quarkus.http.tls-configuration-name=sites
quarkus.tls.sites.key-store.pem.site.cert=$LAB_DIR/tls/$certificate.pem
quarkus.tls.sites.key-store.pem.site.key=$LAB_DIR/tls/$certificate.key
quarkus.management.host=127.0.0.1
quarkus.management.port=9000
EOF
}

# usage: write_dns SERVICE HOST
write_dns() {
  local service=$1 host=$2
  mkdir -p "$LAB_DIR/$service/config" "$LAB_DIR/$service/zones"
  cat >"$LAB_DIR/$service/zones/a.test.zone" <<EOF
\$TTL 300
@ SOA ns hostmaster 1 3600 600 1209600 60
@ NS ns
ns A $VIP
@ A $VIP
www CNAME cloud.neonics.test.
EOF
  cat >"$LAB_DIR/$service/config/application.properties" <<EOF
steamgate.dns.listen=${ADDRESS[$host]}:53
steamgate.dns.threads=1
steamgate.dns.identity=$service
steamgate.dns.zones.directory=$LAB_DIR/$service/zones
steamgate.dns.forward.upstreams=${ADDRESS[site-b]}:$OUTSIDE_PORT
steamgate.dns.allow-recursion=127.0.0.0/8,192.0.2.0/24,198.51.100.0/24
steamgate.dns.cookie-secret=00112233445566778899aabbccddeeff
steamgate.dns.keys.clusters.secret=dGhlIGNsdXN0ZXJzJyBrZXkgb2YgdGhlIGxhYg==
steamgate.dns.cluster.domain=neonics.test
steamgate.dns.cluster.id=lab
steamgate.dns.cluster.key=clusters
steamgate.dns.cluster.address=$VIP
quarkus.management.host=127.0.0.1
quarkus.management.port=${SERVICE_MANAGEMENT[$service]}
$(state_settings "$service")
EOF
  if [[ $LAB_MODE == proxy ]]; then
    say "steamgate.dns.trusted-edges=$LAN_GATEWAY" >>"$LAB_DIR/$service/config/application.properties"
  fi
}

# What services know together: dns-a has the Infinispan server in its process, the others are told where it is.
readonly STATE_PORT=11222
# usage: state_settings SERVICE
state_settings() {
  runs_here dns-a || return 0
  if [[ $1 == dns-a ]]; then
    rm -rf "$LAB_DIR/dns-a/infinispan"
    say "steamgate.state.embedded=true"
    say "steamgate.state.embedded-address=${ADDRESS[site-a]}"
    say "steamgate.state.embedded-port=$STATE_PORT"
    say "steamgate.state.embedded-directory=$LAB_DIR/dns-a/infinispan"
  else
    say "steamgate.state.servers=${ADDRESS[site-a]}:$STATE_PORT"
  fi
  say "steamgate.state.username=lab"
  say "steamgate.state.password=of-the-lab"
  say "steamgate.state.node=$1"
}

# An unbound on site-b stands for the rest of the world's names.
readonly OUTSIDE_PORT=5300
outside_start() {
  mkdir -p "$LAB_DIR/outside"
  cat >"$LAB_DIR/outside/unbound.conf" <<EOF
server:
  interface: ${ADDRESS[site-b]}@$OUTSIDE_PORT
  access-control: 198.51.100.0/24 allow
  chroot: ""
  username: ""
  directory: "$LAB_DIR/outside"
  pidfile: ""
  use-syslog: no
  do-ip6: no
  module-config: "iterator"
  local-zone: "." static
  local-data: ". 3600 SOA ns.outside.test. host.outside.test. 1 3600 600 1209600 60"
  local-data: "www.outside.test. 300 A 203.0.113.80"
remote-control:
  control-enable: no
EOF
  (
    [[ -z ${LAB_LOCK:-} ]] || exec {LAB_LOCK}>&-
    exec ip netns exec "$LAB-site-b" setsid unbound -d -c "$LAB_DIR/outside/unbound.conf" >"$LAB_DIR/outside/log" 2>&1 </dev/null
  ) &
}

# usage: write_mail SERVICE OWN-DOMAIN OTHER-DOMAIN OTHER-HOST
# Each relay keeps the mailboxes of its own domain and sends the other's mail to the other relay.
write_mail() {
  local service=$1 own=$2 other=$3 host=$4
  mkdir -p "$LAB_DIR/$service/config"
  printf '%s maildir\n%s other\n* other\n' "$own" "$other" >"$LAB_DIR/$service/routes"
  mail_password >"$LAB_DIR/$service/passwords"
  cat >"$LAB_DIR/$service/config/application.properties" <<EOF
steamgate.mail.hostname=$service.test
steamgate.mail.routes=routes
steamgate.mail.maildir.create=true
steamgate.mail.destinations.other.servers=${ADDRESS[$host]}:25
steamgate.mail.password-file=passwords
$(mail_listener smtp 25 starttls off)
$(mail_listener submission 587 starttls required)
$(mail_listener submissions 465 implicit required)
quarkus.tls.mail.key-store.pem.mail.cert=$LAB_DIR/tls/mail.test.pem
quarkus.tls.mail.key-store.pem.mail.key=$LAB_DIR/tls/mail.test.key
quarkus.management.host=127.0.0.1
quarkus.management.port=${SERVICE_MANAGEMENT[$service]}
$(state_settings "$service")
EOF
  if [[ $LAB_MODE == proxy ]]; then
    say "steamgate.mail.trusted-edges=$LAN_GATEWAY" >>"$LAB_DIR/$service/config/application.properties"
  fi
}

# usage: mail_listener NAME PORT TLS AUTH
mail_listener() {
  local key=steamgate.mail.listeners.$1
  printf '%s.port=%s\n%s.tls=%s\n%s.tls-configuration-name=mail\n%s.auth=%s\n' "$key" "$2" "$key" "$3" "$key" "$key" "$4"
}

# A user of the lab: joe, with the password secret.
mail_password() {
  python3 -I - <<'EOF'
import base64, hashlib, hmac
salted = hashlib.pbkdf2_hmac("sha256", b"secret", b"salt-of-the-lab", 4096)
key = lambda name: hmac.new(salted, name, "sha256").digest()
text = lambda value: base64.b64encode(value).decode()
stored = hashlib.sha256(key(b"Client Key")).digest()
print(f'joe:{{SCRAM-SHA-256}}4096,{text(b"salt-of-the-lab")},{text(stored)},{text(key(b"Server Key"))}')
EOF
}

dns_listeners() {
  say '  - {name: dns, port: 53, protocol: tcp, default: dns}'
  say '  - {name: dns-udp, port: 53, protocol: dns, default: dns}'
}

# The server speaks first: the connection goes on at once.
mail_listeners() {
  cat <<'EOF'
  - {name: smtp, port: 25, protocol: tcp, default: smtp}
  - {name: submission, port: 587, protocol: tcp, default: submission}
  - {name: submissions, port: 465, protocol: tcp, default: submissions}
EOF
}

dns_services() {
  site_services dns 53
}

mail_services() {
  site_services smtp 25
  site_services submission 587
  site_services submissions 465
}

# usage: site_services NAME PORT, for one that runs on both sites
site_services() {
  cat <<EOF
  $1:
    address-mode: $LAB_MODE
    endpoints: ["${ADDRESS[site-a]}:$2", "${ADDRESS[site-b]}:$2"]
EOF
}

write_routes() {
  local mode=$LAB_MODE
  cat <<EOF
# Routes of the lab, read again when this file changes; docs/routes.md explains each key.
listeners:
  - name: web
    port: 80
    protocol: http
    rules:
      - {host: a.test, path: /shared/, service: site-b}
      - {host: a.test, service: site-a}
      - {host: b.test, service: site-b}
      - {host: pool.test, service: pool}
  - name: web-tls
    port: 443
    protocol: tls
    rules:
      - {sni: a.test, service: site-a-tls}
      - {sni: b.test, service: site-b-tls}
  - name: iperf
    port: 5201
    protocol: tcp
    default: iperf
  - name: iperf-udp
    port: 5201
    protocol: udp
    idle-timeout: 5s
    default: iperf
$(runs_here dns-a && dns_listeners)
$(runs_here mail-a && mail_listeners)

services:
  site-a:
    address-mode: $mode
    endpoints: ["${ADDRESS[site-a]}:80"]
  site-b:
    address-mode: $mode
    endpoints: ["${ADDRESS[site-b]}:80"]
  site-a-tls:
    address-mode: $mode
    endpoints: ["${ADDRESS[site-a]}:443"]
  site-b-tls:
    address-mode: $mode
    endpoints: ["${ADDRESS[site-b]}:443"]
$(runs_here dns-a && dns_services)
$(runs_here mail-a && mail_services)
  pool:
    address-mode: $mode
    health: {interval: 500ms, rise: 1, fall: 2}
    endpoints:
      - {address: ${ADDRESS[site-a]}, port: 80}
      - {address: ${ADDRESS[site-b]}, port: 80, backup: true}
  # For \`lab exec site-a iperf3 -s\`; nothing listens there otherwise.
  iperf:
    address-mode: nat
    health: off
    tcp-options: {mss: 1460, window-scale: 7, sack: true, timestamps: true}
    endpoints: ["${ADDRESS[site-a]}:5201"]
EOF
}

# An authority for the lab, and a certificate by it for each site. Made anew when missing or about to expire.
make_certificates() {
  local tls=$LAB_DIR/tls site
  if openssl x509 -in "$tls/mail.test.pem" -noout -checkend 86400 >/dev/null 2>&1; then
    return
  fi
  rm -rf "$tls"
  mkdir -p "$tls"
  {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Steamgate lab" \
      -addext basicConstraints=critical,CA:TRUE -keyout "$tls/ca.key" -out "$tls/ca.pem"
    for site in a.test b.test mail.test; do
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$site" \
        -keyout "$tls/$site.key" -out "$tls/$site.csr"
      openssl x509 -req -in "$tls/$site.csr" -days 30 -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial \
        -extfile <(printf 'subjectAltName=DNS:%s' "$site") -out "$tls/$site.pem"
    done
  } >"$LAB_DIR/openssl.log" 2>&1 || die "openssl could not make the lab's certificates: $(tail -n 1 "$LAB_DIR/openssl.log")"
}

# The command that makes the edge nobody with just the capabilities that `lab up --capabilities` named, a word a line.
edge_privilege() {
  local list
  list=$(cat "$LAB_DIR/capabilities" 2>/dev/null) || return 0
  list=-all,+${list//,/,+}
  printf '%s\n' setpriv --reuid=65534 --regid=65534 --clear-groups "--inh-caps=$list" "--ambient-caps=$list" \
    "--bounding-set=$list"
}

service_start() {
  local service=$1 folder=$LAB_DIR/$1 java_options as=()
  if service_runs "$service"; then
    return
  fi
  read -ra java_options <<<"${SERVICE_JAVA[$service]}"
  if [[ $service == edge ]]; then mapfile -t as < <(edge_privilege); fi
  # setsid, so that Ctrl-C at the terminal ends what runs in front and not the lab.
  (
    cd "$folder" || exit
    [[ -z ${LAB_LOCK:-} ]] || exec {LAB_LOCK}>&-
    exec ip netns exec "$LAB-$(service_host "$service")" setsid "${as[@]}" "$JAVA_HOME/bin/java" "${java_options[@]}" \
      -jar "$(service_jar "${SERVICE_MODULE[$service]}")" >>"$folder/log" 2>&1 </dev/null
  ) &
  say "$! $(start_time "$!")" >"$folder/pid"
}

service_host() {
  say "${SERVICE_HOST[$1]:-$1}"
}

# Waits, with a bound, until the service says that it is ready.
service_await() {
  local service=$1 deadline=$((SECONDS + READY_SECONDS))
  while ! host_exec "$(service_host "$service")" curl -fs -o /dev/null --max-time 2 \
    "http://localhost:${SERVICE_MANAGEMENT[$service]:-9000}/q/health/ready"; do
    if ! service_runs "$service"; then
      tail -n 20 "$LAB_DIR/$service/log" >&2
      die "$service ended while starting (whole log in ${LAB_DIR#"$ROOT"/}/$service/log)"
    fi
    if ((SECONDS >= deadline)); then
      tail -n 20 "$LAB_DIR/$service/log" >&2
      die "$service was not ready in $READY_SECONDS s (whole log in ${LAB_DIR#"$ROOT"/}/$service/log)"
    fi
    sleep 0.2
  done
}

# The edge may have looked at its sites before they listened, or not yet: waits, with a bound, until it has found them; with
# an address, those of that site. What is never checked (iperf, which runs when somebody starts it) is not waited for.
sites_await() {
  local site=${1:-} deadline=$((SECONDS + READY_SECONDS / 2))
  until sites_found "$site"; do
    if ((SECONDS >= deadline)); then
      warn "the edge does not find every site (./steamgate lab exec edge curl -s localhost:9000/q/metrics)"
      return 0
    fi
    sleep 0.2
  done
}

# Services go on without what they share, and find it when its server is there: waits, with a bound, until each has found it.
state_await() {
  local service deadline=$((SECONDS + READY_SECONDS / 2))
  runs_here dns-a || return 0
  for service in dns-a dns-b mail-a mail-b; do
    runs_here "$service" || continue
    until state_found "$service"; do
      if ((SECONDS >= deadline)); then
        warn "$service does not find the state that services share (./steamgate lab exec $(service_host "$service") curl -s localhost:${SERVICE_MANAGEMENT[$service]}/q/health/ready)"
        return 0
      fi
      sleep 0.2
    done
  done
}

state_found() {
  local page
  page=$(host_exec "$(service_host "$1")" curl -s --max-time 2 "http://localhost:${SERVICE_MANAGEMENT[$1]}/q/health/ready") || return 1
  page=${page//[$' \n']/}
  [[ $page == *'"configured":true,"available":true'* ]]
}

# The page is taken whole before it is searched: a search that ends early would break the pipe, and that looks like
# "nothing found" under pipefail. Without a page, or without its endpoints, nothing is known.
sites_found() {
  local page
  page=$(host_exec edge curl -fs --max-time 2 http://localhost:9000/q/metrics) || return 1
  [[ $page == *"steamgate_edge_endpoint_state{endpoint=\"$1"* ]] || return 1
  ! grep -Eq "^steamgate_edge_endpoint_state\{endpoint=\"$1[^}]*state=\"(unknown|unhealthy)\"\} 1\.0" <<<"$page"
}

service_runs() {
  local pid started
  [[ -r $LAB_DIR/$1/pid ]] || return 1
  read -r pid started <"$LAB_DIR/$1/pid"
  [[ -n $started && $(start_time "$pid") == "$started" ]] && lives "$pid"
}

# Whether a process is there and more than an entry that waits for its parent.
lives() {
  local state
  state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -c1)
  [[ -n $state && $state != Z ]]
}

services_run() {
  local service
  for service in "${SERVICES[@]}"; do
    service_runs "$service" || return 1
  done
}

service_stop() {
  local pid
  service_runs "$1" || return 0
  read -r pid _ <"$LAB_DIR/$1/pid"
  end_processes "$pid"
  rm -f "$LAB_DIR/$1/pid"
}

# Everything that runs in one of the lab's namespaces is the lab's, whoever lost its pid file.
services_stop() {
  local host pids=()
  for host in "${HOSTS[@]}"; do
    if [[ -e /run/netns/$LAB-$host ]]; then
      mapfile -t -O "${#pids[@]}" pids < <(ip netns pids "$LAB-$host" 2>/dev/null)
    fi
  done
  ((${#pids[@]} == 0)) || end_processes "${pids[@]}"
}

# Asks processes to end, and ends those that do not in five seconds.
end_processes() {
  local pid alive=()
  kill -TERM "$@" 2>/dev/null || true
  for _ in {1..50}; do
    alive=()
    for pid in "$@"; do
      if lives "$pid"; then alive+=("$pid"); fi
    done
    ((${#alive[@]} > 0)) || return 0
    sleep 0.1
  done
  kill -KILL "${alive[@]}" 2>/dev/null || true
}
