# shellcheck shell=bash
# The site behind every middle, and the middles: configured alike, one thread each, pinned to their cores.

readonly BENCH_TOOLS='
ip|iproute2|namespaces
taskset|util-linux|pinning
curl|curl|bulk
ethtool|ethtool|--offloads off
wrk|wrk|requests, connections, latency
openssl|openssl|TLS
haproxy|haproxy|peer
nginx|nginx|peer and site
python3|python3|idle flows
'
readonly NGINX_STREAM=/usr/lib/nginx/modules/ngx_stream_module.so

readonly EDGE_VIP=198.18.3.10
# Ports of the site. Two services, so that there is something to route by Host.
readonly PLAIN_PORT=80 PROXIED_PORT=81 FOLLOWED_PORT=82 IDLE_PORT=90 TLS_PORT=443
declare -rA URL=(
  [forward]=http://198.19.1.11:80
  [haproxy-tcp]=http://198.18.2.1:8001
  [haproxy-tcp-splice]=http://198.18.2.1:8002
  [haproxy-http]=http://198.18.2.1:8003
  [haproxy-http-reuse]=http://198.18.2.1:8004
  [nginx-stream]=http://198.18.2.1:8005
  [steamgate]=http://$EDGE_VIP:80
  [steamgate-proxy]=http://$EDGE_VIP:$PROXIED_PORT
  [steamgate-followed]=http://$EDGE_VIP:$FOLLOWED_PORT
  [steamgate-copied]=http://$EDGE_VIP:80
  [bare]=http://198.19.4.11:80
)
# Of those that pass TLS on untouched; the others would have to end it.
declare -rA TLS_SOCKET=(
  [forward]=198.19.1.11:$TLS_PORT
  [haproxy-tcp]=198.18.2.1:8006
  [nginx-stream]=198.18.2.1:8007
  [steamgate]=$EDGE_VIP:$TLS_PORT
)

process_of() {
  case $1 in
    forward) ;;
    haproxy-*) say haproxy ;;
    nginx-stream) say nginx ;;
    steamgate*) say edge ;;
    bare) say bare ;;
  esac
}

passes_tls() {
  [[ -n ${TLS_SOCKET[$1]:-} ]]
}

# Process numbers of a middle, children included.
pids_of() {
  local process pid
  process=$(process_of "$1")
  [[ -n $process ]] || return 0
  pid=$(<"$RUN/$process.pid")
  say "$pid"
  cat "/proc/$pid/task/$pid/children" 2>/dev/null || true
  if [[ $1 == steamgate-copied ]]; then cat "$RUN/copies.pid"; fi
}

routes_by_host() {
  [[ $1 == haproxy-http* || $1 == steamgate* ]]
}

# usage: spawn NAME SPACE CPU CMD... in the background, its output in a log
spawn() {
  local name=$1 space=$2 cpu=$3
  shift 3
  (
    exec {LOCK}>&-
    exec setsid ip netns exec "$PREFIX-$space" taskset -c "$cpu" "$@" >"$RUN/$name.log" 2>&1 </dev/null
  ) &
  say "$!" >"$RUN/$name.pid"
  # Not before setsid has given it a group of its own.
  [[ -z $PRIORITY ]] || sleep 0.2
  prefer "$!"
}

# The group of a session gets 80 times the weight of others. Sessions are what the scheduler groups by, so niceness would
# only count among a session's own.
prefer() {
  [[ -n $PRIORITY ]] || return 0
  [[ -w /proc/$1/autogroup ]] && printf '%s' -20 >"/proc/$1/autogroup" \
    || die "--priority needs root and a kernel with autogroups"
}

start_all() {
  # A file without blocks: reading it costs the site next to nothing, and no disk.
  mkdir -p "$RUN/www"
  www_make
  truncate -s 1T "$RUN/www/big"
  site_configuration
  spawn site site "$SITE_CPU" nginx -c "$RUN/site.conf" -e stderr
  spawn idle-site site "$SITE_CPU" nginx -c "$RUN/idle-site.conf" -e stderr
  if [[ $SUBJECTS == *haproxy* ]]; then
    haproxy_configuration >"$RUN/haproxy.cfg"
    spawn haproxy proxy "$MIDDLE_CPU" haproxy -db -f "$RUN/haproxy.cfg"
  fi
  if wants nginx-stream; then
    nginx_configuration >"$RUN/nginx.conf"
    spawn nginx proxy "$MIDDLE_CPU" nginx -c "$RUN/nginx.conf" -e stderr
  fi
  if wants bare; then
    spawn bare bare "$MIDDLE_CPU" "$JAVA_HOME/bin/java" -Xmx64m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
      --class-path "$ROOT/edge-gateway/target/classes" "$HERE/lib/BareForwarder.java" \
      wan0 "$(mac_of client to-bare)" lan0 "$(mac_of site to-bare)"
  fi
  if wants_edge; then edge_start; fi
}

# Only while its subject is measured.
copies_start() {
  spawn copies edge "$MIDDLE_CPU" "$JAVA_HOME/bin/java" -Xmx64m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
    --class-path "$ROOT/edge-gateway/target/classes" "$HERE/lib/Copies.java" wan0 lan0
  local deadline=$((SECONDS + 20))
  until (($(in_space edge awk 'NR > 1 { n++ } END { print n + 0 }' /proc/net/packet) >= 4)); do
    ((SECONDS < deadline)) || die "the process that copies did not start: $(tail -n 1 "$RUN/copies.log")"
    sleep 0.1
  done
}

copies_stop() {
  end_processes "$(<"$RUN/copies.pid")"
  rm -f "$RUN/copies.pid"
}

readonly WWW=/dev/shm/steamgate-bench.$EUID

www_make() {
  mkdir -p "$WWW"
  rm -rf "$RUN/www"
  ln -s "$WWW" "$RUN/www"
}

site_configuration() {
  local body n
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=a.test \
    -keyout "$RUN/site.key" -out "$RUN/site.pem" 2>"$RUN/openssl.log" || die "no certificate: $(tail -n 1 "$RUN/openssl.log")"
  # As long as a small JSON answer.
  body=$(printf 'x%.0s' {1..120})
  {
    nginx_head site 1 8192
    say 'http {'
    nginx_http
    say "  ssl_certificate $RUN/site.pem; ssl_certificate_key $RUN/site.key;"
    for n in a b; do
      local last=11
      [[ $n == a ]] || last=12
      say '  server {'
      for net in 1 2 3 4; do
        say "    listen 198.19.$net.$last:$PLAIN_PORT backlog=4096;"
        say "    listen 198.19.$net.$last:$PROXIED_PORT proxy_protocol backlog=4096;"
        say "    listen 198.19.$net.$last:$TLS_PORT ssl backlog=4096;"
      done
      say "    location / { return 200 '$n $body'; }"
      say "    location = /big { root $WWW/; }"
      say '  }'
    done
    say '}'
  } >"$RUN/site.conf"
  {
    # Several workers, since one may not hold 100,000 descriptors everywhere.
    nginx_head idle-site 8 19000
    say 'http {'
    nginx_http
    say "  server { listen 0.0.0.0:$IDLE_PORT reuseport backlog=4096; location / { return 200 'idle $body'; } }"
    say '}'
  } >"$RUN/idle-site.conf"
}

# usage: nginx_head NAME WORKERS CONNECTIONS
nginx_head() {
  cat <<END
user root;
daemon off;
pid $RUN/$1.nginx.pid;
worker_processes $2;
worker_rlimit_nofile $(ulimit -Hn);
error_log stderr error;
events { worker_connections $3; multi_accept on; }
END
}

nginx_http() {
  cat <<END
  access_log off;
  default_type text/plain;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  client_body_temp_path $RUN/nginx-body;
  proxy_temp_path $RUN/nginx-proxy;
  fastcgi_temp_path $RUN/nginx-fastcgi;
  uwsgi_temp_path $RUN/nginx-uwsgi;
  scgi_temp_path $RUN/nginx-scgi;
END
}

haproxy_configuration() {
  cat <<END
global
  nbthread 1
  maxconn 8000
  maxpipes 500
defaults
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen tcp
  mode tcp
  bind 198.18.2.1:8001
  server a 198.19.2.11:$PLAIN_PORT
listen tcp-splice
  mode tcp
  option splice-auto
  bind 198.18.2.1:8002
  server a 198.19.2.11:$PLAIN_PORT
listen tls
  mode tcp
  bind 198.18.2.1:8006
  server a 198.19.2.11:$TLS_PORT
listen tcp-idle
  mode tcp
  bind 198.18.2.1:8090
  server a 198.19.2.11:$IDLE_PORT
END
  local reuse port=8003
  for reuse in never always; do
    cat <<END
frontend http-$reuse
  mode http
  bind 198.18.2.1:$port
  use_backend b-$reuse if { req.hdr(host) -i b.test }
  default_backend a-$reuse
backend a-$reuse
  mode http
  http-reuse $reuse
  server a 198.19.2.11:$PLAIN_PORT
backend b-$reuse
  mode http
  http-reuse $reuse
  server b 198.19.2.12:$PLAIN_PORT
END
    port=$((port + 1))
  done
}

nginx_configuration() {
  say "load_module $NGINX_STREAM;"
  nginx_head nginx 1 19000
  cat <<END
stream {
  server { listen 198.18.2.1:8005 backlog=4096; proxy_timeout 1h; proxy_pass 198.19.2.11:$PLAIN_PORT; }
  server { listen 198.18.2.1:8007 backlog=4096; proxy_timeout 1h; proxy_pass 198.19.2.11:$TLS_PORT; }
  server { listen 198.18.2.1:8091 backlog=4096; proxy_timeout 1h; proxy_pass 198.19.2.11:$IDLE_PORT; }
}
END
}

# The edge as ./steamgate starts it: the same flags, unless STEAMGATE_EDGE_JAVA says otherwise.
edge_start() {
  mkdir -p "$RUN/edge/config"
  edge_routes >"$RUN/edge/routes.yaml"
  cat >"$RUN/edge/config/application.properties" <<END
quarkus.http.host=127.0.0.1
quarkus.management.host=127.0.0.1
quarkus.management.port=9000
steamgate.edge.link=${STEAMGATE_EDGE_LINK:-af-packet}
steamgate.edge.data-path=$DATA_PATH
steamgate.edge.interfaces.wan0.addresses=$EDGE_VIP/24
steamgate.edge.interfaces.lan0.addresses=198.19.3.1/24
steamgate.edge.vips=$EDGE_VIP
# The peers write no log either.
steamgate.edge.access-log=false
steamgate.edge.routes=$RUN/edge/routes.yaml
END
  local flags
  read -ra flags <<<"${STEAMGATE_EDGE_JAVA:--Xms64m -Xmx256m -XX:+UseSerialGC -XX:+UseCompactObjectHeaders -XX:+ExitOnOutOfMemoryError} --enable-native-access=ALL-UNNAMED"
  spawn edge edge "$MIDDLE_CPU" env -C "$RUN/edge" "$JAVA_HOME/bin/java" "${flags[@]}" -jar "$(service_jar edge-gateway)"
  local deadline=$((SECONDS + 60)) started=$EPOCHREALTIME
  until in_space edge curl -fs -o /dev/null --max-time 2 http://127.0.0.1:9000/q/health/ready; do
    if ((SECONDS >= deadline)) || ! kill -0 "$(<"$RUN/edge.pid")" 2>/dev/null; then
      tail -n 15 "$RUN/edge.log" >&2
      die "the edge did not become ready (whole log in ${RUN#"$ROOT"/}/edge.log)"
    fi
    sleep 0.1
  done
  EDGE_READY=$(awk -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
}

edge_routes() {
  local i
  cat <<END
listeners:
  - name: nat
    port: 80
    protocol: http
    rules: [{host: b.test, service: nat-b}]
    default: nat-a
  - name: proxy
    port: 81
    protocol: http
    rules: [{host: b.test, service: proxy-b}]
    default: proxy-a
  # Every request of these hosts is looked at, since another could belong elsewhere.
  - name: followed
    port: $FOLLOWED_PORT
    protocol: http
    rules:
      - {host: b.test, path: /elsewhere/, service: nat-a}
      - {path: /elsewhere/, service: nat-b}
      - {host: b.test, service: nat-b}
    default: nat-a
  - name: tls
    port: $TLS_PORT
    protocol: tls
    rules: [{host: b.test, service: tls-b}]
    default: tls-a
  - {name: idle, port: $IDLE_PORT, protocol: http, default: idle}
services:
  nat-a: {address-mode: nat, endpoints: ["198.19.3.11:$PLAIN_PORT"]}
  nat-b: {address-mode: nat, endpoints: ["198.19.3.12:$PLAIN_PORT"]}
  tls-a: {address-mode: nat, endpoints: ["198.19.3.11:$TLS_PORT"]}
  tls-b: {address-mode: nat, endpoints: ["198.19.3.12:$TLS_PORT"]}
  proxy-a: {address-mode: proxy, endpoints: ["198.19.3.11:$PROXIED_PORT"]}
  proxy-b: {address-mode: proxy, endpoints: ["198.19.3.12:$PROXIED_PORT"]}
  idle:
    address-mode: nat
    balance: round-robin
    endpoints:
END
  for ((i = 0; i < SITE_ADDRESSES; i++)); do
    say "      - \"198.19.3.$((11 + i)):$IDLE_PORT\""
  done
}

# A server that did not like its configuration has said why in the last line of its log.
all_run() {
  local file name
  for file in "$RUN"/*.pid; do
    name=$(basename "$file" .pid)
    [[ $name != *.nginx ]] || continue
    kill -0 "$(<"$file")" 2>/dev/null || die "$name ended: $(tail -n 1 "$RUN/$name.log")"
  done
}

# Every subject must do its work before anybody is timed.
check_subjects() {
  local subject host got expected deadline
  for subject in ${SUBJECTS//,/ }; do
    for host in a b; do
      expected=a
      if routes_by_host "$subject"; then expected=$host; fi
      deadline=$((SECONDS + 20))
      until got=$(in_space client curl -fs --max-time 2 -H "Host: $host.test" "${URL[$subject]}/") && [[ ${got:0:1} == "$expected" ]]; do
        all_run
        ((SECONDS < deadline)) || die "$subject does not answer right for $host.test at ${URL[$subject]}: '${got:0:20}' (logs in ${RUN#"$ROOT"/})"
        sleep 0.2
      done
    done
    if measures_tls && passes_tls "$subject"; then
      deadline=$((SECONDS + 20))
      until [[ $(tls_at_client "$subject" / --max-time 2) == a* ]]; do
        all_run
        ((SECONDS < deadline)) || die "$subject does not pass TLS on at ${TLS_SOCKET[$subject]} (logs in ${RUN#"$ROOT"/})"
        sleep 0.2
      done
    fi
  done
}
