# shellcheck shell=bash
# The middles that bench mail compares, each told to relay to the sink and to keep nothing.

wants() { [[ ,$SUBJECTS, == *,$1,* ]]; }

# usage: spawn NAME CPU COMMAND...
spawn() {
  local name=$1 cpu=$2
  shift 2
  setsid taskset -c "$cpu" "$@" >"$RUN/$name.log" 2>&1 </dev/null &
  printf '%s' "$!" >"$RUN/$name.pid"
}

descendants() {
  local child
  say "$1"
  for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do descendants "$child"; done
}

pids_of() {
  [[ -r $RUN/$1.pid ]] || return 0
  descendants "$(<"$RUN/$1.pid")"
}

# Messages that the sink has taken so far: the last mesg= it wrote.
sink_count() {
  local count
  count=$(tail -c 200 "$RUN/sink.log" | tr '\r' '\n' | grep -oE 'mesg= *[0-9]+$' | tail -n 1 | tr -dc 0-9) || true
  say "${count:-0}"
}

await_port() {
  for _ in {1..150}; do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    sleep 0.1
  done
  die "nothing listens on port $1 after 15 s (logs in ${RUN#"$ROOT"/})"
}

peers_start() {
  local subject
  chmod 755 "$OUT" "$RUN"
  spawn sink "$ENDS_CPU" smtp-sink -c -u nobody "127.0.0.1:$SINK" 1024
  await_port "$SINK"
  for subject in ${SUBJECTS//,/ }; do
    [[ $subject == direct ]] || "start_${subject//-/_}"
    await_port "${PORT[$subject]}"
  done
}

start_haproxy_tcp() {
  cat >"$RUN/haproxy.cfg" <<CFG
global
  nbthread 1
  maxconn 4096
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen smtp
  bind 127.0.0.1:${PORT[haproxy-tcp]}
  server sink 127.0.0.1:$SINK
CFG
  spawn haproxy-tcp "$MIDDLE_CPU" haproxy -db -f "$RUN/haproxy.cfg"
}

start_nginx_mail() {
  cat >"$RUN/nginx.conf" <<CFG
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
worker_processes 1;
daemon off;
pid $RUN/nginx.real.pid;
error_log $RUN/nginx.err;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000;
  server { listen 127.0.0.1:2533; location / {
    add_header Auth-Status OK; add_header Auth-Server 127.0.0.1; add_header Auth-Port $SINK; return 200; } } }
mail {
  server_name $DOMAIN;
  auth_http 127.0.0.1:2533/;
  proxy_pass_error_message on;
  smtp_capabilities 8BITMIME PIPELINING "SIZE 104857600";
  server { listen 127.0.0.1:${PORT[nginx-mail]}; protocol smtp; smtp_auth none; xclient off; }
}
CFG
  spawn nginx-mail "$MIDDLE_CPU" nginx -c "$RUN/nginx.conf"
}

# Before the queue: smtpd passes each message to the sink as it comes, and spools nothing.
start_postfix() {
  local dir=$RUN/postfix
  mkdir -p "$dir/spool" "$dir/data"
  chown postfix "$dir/data"
  cat >"$dir/main.cf" <<CFG
compatibility_level = 3.6
queue_directory = $dir/spool
data_directory = $dir/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = $DOMAIN
mydestination =
local_recipient_maps =
relay_domains = $DOMAIN
relay_recipient_maps =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_proxy_filter = 127.0.0.1:$SINK
smtpd_proxy_timeout = 60s
message_size_limit = 104857600
mailbox_size_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
disable_dns_lookups = yes
alias_maps =
alias_database =
maillog_file_prefixes = $RUN
maillog_file = $RUN/postfix.maillog
CFG
  cat >"$dir/master.cf" <<CFG
127.0.0.1:${PORT[postfix]} inet n - n - 100 smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
CFG
  taskset -c "$MIDDLE_CPU" postfix -c "$dir" start >"$RUN/postfix.log" 2>&1 || die "Postfix did not start (${RUN#"$ROOT"/}/postfix.log)"
  tr -d ' ' <"$dir/spool/pid/master.pid" >"$RUN/postfix.pid"
}

# Clients must not be `relaying`, or Haraka would take their mail into its queue on disk.
start_haraka() {
  local dir=$RUN/haraka
  if [[ ! -e $OUT/npm/node_modules/.bin/haraka ]]; then
    has npm || die "haraka wants npm; or leave it out with --subjects"
    mkdir -p "$OUT/npm"
    quietly "Installing Haraka" "$OUT/npm.log" sh -c "cd '$OUT/npm' && npm init -y && npm install --no-audit --no-fund Haraka@3"
  fi
  mkdir -p "$dir/config" "$dir/queue" "$dir/plugins"
  printf 'listen=127.0.0.1:%s\nnodes=0\n' "${PORT[haraka]}" >"$dir/config/smtp.ini"
  printf 'host=127.0.0.1\nport=%s\nenable_tls=false\n' "$SINK" >"$dir/config/smtp_forward.ini"
  printf '[main]\n[haproxy]\nhosts[] =\n[headers]\nmax_lines=1000\nmax_received=100\n[max]\nbytes=104857600\nmime_parts=1000\nline_length=512\ndata_line_length=992\n[message]\nhelo=Haraka is at your service.\nclose=closing connection.\n[uuid]\nbanner_chars=6\ndeny_chars=0\n' >"$dir/config/connection.ini"
  printf 'rcpt_to.in_host_list\nqueue/smtp_forward\n' >"$dir/config/plugins"
  printf 'level=WARN\n' >"$dir/config/log.ini"
  printf '%s\n' "$DOMAIN" | tee "$dir/config/me" >"$dir/config/host_list"
  spawn haraka "$MIDDLE_CPU" node "$OUT/npm/node_modules/.bin/haraka" -c "$dir"
}

start_steamgate() {
  local dir=$RUN/steamgate
  mkdir -p "$dir/config"
  printf '%s sink\n' "$DOMAIN" >"$dir/routes"
  cat >"$dir/config/application.properties" <<CFG
steamgate.mail.hostname=$DOMAIN
steamgate.mail.listeners.smtp.host=127.0.0.1
steamgate.mail.listeners.smtp.port=${PORT[steamgate]}
steamgate.mail.routes=routes
steamgate.mail.destinations.sink.servers=127.0.0.1:$SINK
steamgate.mail.limits.message-size=104857600
quarkus.management.host=127.0.0.1
quarkus.management.port=2535
CFG
  (
    cd "$dir" || exit
    spawn steamgate "$MIDDLE_CPU" "$JAVA_HOME/bin/java" -Xms64m -Xmx64m -XX:+UseSerialGC -XX:+UseCompactObjectHeaders \
      -jar "$(service_jar mail-relay)"
  )
}

peers_stop() {
  local file pid
  [[ ! -e $RUN/postfix/spool/pid/master.pid ]] || postfix -c "$RUN/postfix" stop >/dev/null 2>&1 || true
  for file in "$RUN"/*.pid; do
    [[ -e $file ]] || continue
    pid=$(<"$file")
    for pid in $(descendants "$pid"); do kill -TERM "$pid" 2>/dev/null || true; done
    rm -f "$file"
  done
}

# As meter.sh's, with the processes that have ended since and were waited for: Postfix's come and go.
own_ticks() {
  local pid total=0 ticks
  for pid in $(pids_of "$1"); do
    ticks=$(sed 's/^.*) //' "/proc/$pid/stat" 2>/dev/null | awk '{ print $12 + $13 + $14 + $15 }')
    total=$((total + ${ticks:-0}))
  done
  say "$total"
}
