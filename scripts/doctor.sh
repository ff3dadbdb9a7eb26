# shellcheck shell=bash
# What the machine lacks, in one list, with what each thing is needed for.

# command | Debian package | needed for
readonly TEST_NEEDS='
ip|iproute2|the lab: namespaces, bridges, veth pairs
ethtool|ethtool|the lab: switching checksum offloads off
sysctl|procps|the lab: no forwarding, no IPv6
flock|util-linux|the lab: one change at a time
unshare|util-linux|the lab without root
ping|iputils-ping|demo and tests: the VIP answers echo requests
arping|iputils-arping|demo and tests: the VIP answers ARP
curl|curl|demo and tests: HTTP and HTTPS clients
openssl|openssl|the lab: certificates of the sites; tests: s_client
python3|python3|tests: raw frames (blind RST, SYN flood, ICMP errors)
wrk|wrk|tests: many kept connections
iperf3|iperf3|tests: bulk traffic through a TCP listener
swaks|swaks|demo and tests: SMTP client
Net::SSLeay|libnet-ssleay-perl|tests: TLS for swaks
msmtp|msmtp|tests: SMTP client
opendkim|opendkim|tests: a mail filter (milter)
shellcheck|shellcheck|tests: these scripts
dig|bind9-dnsutils|tests: a DNS client, with delv and nsupdate
kdig|knot-dnsutils|tests: a DNS client
drill|ldnsutils|tests: a DNS client
dnsperf|dnsperf|tests, bench: DNS load
nsd|nsd|tests, bench: an authoritative DNS server as upstream and judge
knotd|knot|tests, bench: another
dnssec-signzone|bind9-utils|tests: signed zones
named|bind9|tests, bench: another, and a resolver
unbound|unbound|tests, bench: a resolver that asks the service
'
readonly BENCH_NEEDS='
haproxy|haproxy|bench: peer
nginx|nginx|bench: peer and site
modules/ngx_stream_module.so|libnginx-mod-stream|bench: peer
modules/ngx_mail_module.so|libnginx-mod-mail|bench: peer
smtp-source|postfix|bench: mail source, sink and peer
tcpdump|tcpdump|bench: captures
perf|linux-perf|bench: CPU figures
python3/dist-packages/pygal|python3-pygal|bench: charts
dnsdist|dnsdist|bench: peer
kresd|knot-resolver|bench: peer
'
# library | Debian package | needed for
readonly LIBRARIES='
libpcap.so|libpcap0.8|the pcap link
'
# bit of CapEff | name
readonly LAB_CAPABILITIES='
12|CAP_NET_ADMIN
13|CAP_NET_RAW
21|CAP_SYS_ADMIN
'

has_library() {
  [[ $(/sbin/ldconfig -p 2>/dev/null) == *"$1"* ]] || compgen -G "/usr/lib/*/$1*" >/dev/null
}

# usage: missing_packages NEEDS... prints "package|command|needed for" lines
missing_from() {
  local item package purpose
  while IFS='|' read -r item package purpose; do
    [[ -n $item ]] || continue
    case $item in
      lib* | *.so) has_library "$item" ;;
      */dist-packages/*) [[ -e /usr/lib/$item ]] ;;
      *::*) perl "-M$item" -e 1 2>/dev/null ;;
      *) has "$item" ;;
    esac || say "$package|$item|$purpose"
  done <<<"$1"
}

# The name of the first capability that the lab needs and this process lacks, if any.
missing_capability() {
  local bit name effective
  effective=$((16#$(awk '/^CapEff:/ { print $2 }' /proc/self/status)))
  while IFS='|' read -r bit name; do
    [[ -n $bit ]] || continue
    if ((((effective >> bit) & 1) == 0)); then
      say "$name"
      return
    fi
  done <<<"$LAB_CAPABILITIES"
}

user_namespace_works() {
  has unshare && unshare --user --map-root-user --net --mount --pid --fork true 2>/dev/null
}

# How the lab gets its capabilities: "root", "user-namespace", or "none".
lab_privilege() {
  if [[ -z $(missing_capability) ]]; then
    say root
  elif user_namespace_works; then
    say user-namespace
  else
    say none
  fi
}

# Runs a command as root of a network namespace that ends with it.
in_throwaway_network() {
  case $(lab_privilege) in
    root) unshare --net "$@" ;;
    user-namespace) unshare --user --map-root-user --net "$@" ;;
    *) return 1 ;;
  esac
}

# Prints "what|needed for" for each kernel feature or resource that is not there.
missing_from_machine() {
  local memory
  case $(lab_privilege) in
    root) ;;
    user-namespace) note "without root: the lab runs in a user namespace" >&2 ;;
    none) say "$(missing_capability)|the lab: run as root, or allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone)" ;;
  esac
  if [[ $(lab_privilege) != none ]] && has ip; then
    in_throwaway_network ip link add sgprobe0 type veth peer name sgprobe1 2>/dev/null \
      || say "kernel: veth|the lab: cables between namespaces (CONFIG_VETH, module veth)"
    in_throwaway_network ip link add sgprobe0 type bridge 2>/dev/null \
      || say "kernel: bridge|the lab: its two segments (CONFIG_BRIDGE, module bridge)"
  fi
  [[ -e /proc/net/packet ]] || say "kernel: AF_PACKET|the edge's network devices (CONFIG_PACKET, module af_packet)"
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
  ((memory >= 2048)) || say "memory: $memory MiB available|build, edge and two sites want 2048 MiB"
  (($(nproc) >= 2)) || say "cores: $(nproc)|edge, sites and clients want two; all works with one, slowly"
  find_jdk >/dev/null || say "JDK $JDK_RELEASE|everything: unpack one and set JAVA_HOME (Debian 12 has none in its archive)"
}

missing_packages() {
  missing_from "$TEST_NEEDS"
  missing_from "$LIBRARIES"
  # Only the first build needs the machine's own Maven: it fetches the one that builds.
  [[ -x $(wrapper_home)/bin/mvn || -n ${MVNW_REPOURL:-} ]] || missing_from 'mvn|maven|the first build: fetches Maven 3.9'
}

# Installs Debian packages without leaving a service of theirs running or enabled: the peers of the benchmarks
# (haproxy, nginx) start theirs on installation.
install_packages() {
  local policy=/usr/sbin/policy-rc.d made_policy='' before after log=$ROOT/target/apt.log
  mkdir -p "$ROOT/target"
  if [[ ! -e $policy ]]; then
    made_policy=yes
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  before=$(enabled_services)
  note "Installing $*"
  if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 5 "$log" >&2
    warn "apt-get could not install everything (whole output in ${log#"$ROOT"/})"
  fi
  after=$(enabled_services)
  comm -13 <(say "$before") <(say "$after") | while read -r unit; do
    [[ -z $unit ]] || systemctl disable --quiet "$unit" || true
  done
  if [[ -n $made_policy ]]; then
    rm -f "$policy"
    trap - EXIT
  fi
}

enabled_services() {
  if [[ -d /run/systemd/system ]]; then
    systemctl list-unit-files --type=service --state=enabled --no-legend 2>/dev/null | awk '{ print $1 }' | sort
  fi
}

doctor() {
  local install='' bench='' lines packages
  while (($# > 0)); do
    case $1 in
      --install) install=yes ;;
      --bench) bench=yes ;;
      *) die "doctor knows --install and --bench, not '$1'" ;;
    esac
    shift
  done
  lines=$(
    missing_packages
    [[ -z $bench ]] || missing_from "$BENCH_NEEDS"
  )
  if [[ -n $install && -n $lines ]]; then
    has apt-get || die "packages are installed by apt-get, which is not here; missing: $(cut -d'|' -f2 <<<"$lines" | paste -sd' ')"
    ((EUID == 0)) || die "installing packages needs root: apt-get install $(cut -d'|' -f1 <<<"$lines" | sort -u | paste -sd' ')"
    mapfile -t packages < <(cut -d'|' -f1 <<<"$lines" | sort -u)
    install_packages "${packages[@]}"
    hash -r
    lines=$(
      missing_packages
      [[ -z $bench ]] || missing_from "$BENCH_NEEDS"
    )
  fi
  report_missing "$lines" "$(missing_from_machine)"
}

report_missing() {
  local wanted=$1 machine=$2 package item purpose
  if [[ -z $wanted && -z $machine ]]; then
    say "Nothing is missing: JDK in $(find_jdk), $(nproc) cores, lab as $(lab_privilege)"
    return
  fi
  say "Missing on this machine:"
  while IFS='|' read -r package item purpose; do
    [[ -z $package ]] || printf '  %-28s %s\n' "$item (package $package)" "$purpose"
  done <<<"$wanted"
  while IFS='|' read -r item purpose; do
    [[ -z $item ]] || printf '  %-28s %s\n' "$item" "$purpose"
  done <<<"$machine"
  [[ -z $wanted ]] || say "Debian packages at once: ./steamgate doctor --install"
  return 1
}

# For demo and test: installs as root, and stops only at what makes the work impossible.
doctor_before_work() {
  local missing
  missing=$(missing_packages)
  if [[ -n $missing ]]; then
    if ((EUID == 0)) && has apt-get; then
      doctor --install || true
    else
      doctor || true
    fi
    missing=$(missing_packages)
    [[ -z $missing ]] || die "missing: $(cut -d'|' -f2 <<<"$missing" | paste -sd' '); see ./steamgate doctor"
  fi
  use_jdk
  require_lab_privilege
}

doctor_for_bench() {
  [[ -n $(missing_from "$TEST_NEEDS$BENCH_NEEDS") ]] || return 0
  if ((EUID == 0)) && has apt-get; then doctor --install --bench; else doctor --bench; fi || true
}

require_lab_privilege() {
  [[ $(lab_privilege) != none ]] \
    || die "missing capability $(missing_capability): run as root, or allow unprivileged user namespaces"
}
