# shellcheck shell=bash
# Namespaces, cables and addresses of the lab.

readonly HOSTS=(client client2 edge site-a site-b)
readonly VIP=192.0.2.10
readonly LAN_GATEWAY=198.51.100.1
declare -rA ADDRESS=([client]=192.0.2.2 [client2]=192.0.2.3 [edge]=none [site-a]=198.51.100.11 [site-b]=198.51.100.12)
# Locally administered, and readable: the last four bytes are the host's address.
declare -rA MAC=([client]=02:00:c0:00:02:02 [client2]=02:00:c0:00:02:03 [edge]=02:00:c0:00:02:0a
  [site-a]=02:00:c6:33:64:0b [site-b]=02:00:c6:33:64:0c)
readonly EDGE_LAN_MAC=02:00:c6:33:64:01

is_host() {
  [[ " ${HOSTS[*]} " == *" $1 "* ]]
}

network_exists() {
  local host
  for host in "${HOSTS[@]}" switch; do
    if [[ -e /run/netns/$LAB-$host ]]; then return; fi
  done
  return 1
}

network_make() {
  local host
  for host in switch "${HOSTS[@]}"; do
    ip netns add "$LAB-$host"
    ip netns exec "$LAB-$host" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
      net.ipv4.ip_forward=0
    ip -n "$LAB-$host" link set lo up
  done
  # Segments carry every frame: a bridge that passes them by netfilter drops the malformed ones and slows the others.
  if [[ -d /proc/sys/net/bridge ]]; then
    ip netns exec "$LAB-switch" sysctl -qw net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-arptables=0 \
      net.bridge.bridge-nf-call-ip6tables=0 || true
  fi
  bridge_make wan
  bridge_make lan
  cable client eth0 "${MAC[client]}" wan
  cable client2 eth0 "${MAC[client2]}" wan
  cable edge wan0 "${MAC[edge]}" wan
  cable edge lan0 "$EDGE_LAN_MAC" lan
  cable site-a eth0 "${MAC[site-a]}" lan
  cable site-b eth0 "${MAC[site-b]}" lan
  for host in client client2; do
    ip -n "$LAB-$host" addr add "${ADDRESS[$host]}/24" dev eth0
  done
  for host in site-a site-b; do
    ip -n "$LAB-$host" addr add "${ADDRESS[$host]}/24" dev eth0
    ip -n "$LAB-$host" route add default via "$LAN_GATEWAY"
  done
  # With no address on its interfaces this kernel has nothing to answer for; this keeps it from even trying.
  ip netns exec "$LAB-edge" sysctl -qw net.ipv4.conf.all.arp_ignore=8 net.ipv4.conf.all.rp_filter=0
  write_names
}

bridge_make() {
  # Ports forward at once, and multicast is flooded: the edge's own IGMP is to be seen, not a bridge's.
  ip -n "$LAB-switch" link add "$1" type bridge stp_state 0 forward_delay 0 mcast_snooping 0
  ip -n "$LAB-switch" link set "$1" up
}

# usage: cable HOST INTERFACE MAC BRIDGE
cable() {
  local host=$1 interface=$2 mac=$3 bridge=$4 port
  port=$bridge-$host
  ip link add "$interface" netns "$LAB-$host" type veth peer name "$port" netns "$LAB-switch"
  local mtu=$LAB_MTU
  [[ $bridge != lan || -z $LAB_LAN_MTU ]] || mtu=$LAB_LAN_MTU
  ip -n "$LAB-$host" link set "$interface" address "$mac" mtu "$mtu"
  ip -n "$LAB-switch" link set "$port" mtu "$mtu" master "$bridge" up
  ip -n "$LAB-$host" link set "$interface" up
  if [[ $LAB_OFFLOAD == off ]]; then
    offload_off "$host" "$interface"
    offload_off switch "$port"
  fi
}

# What is pinned there goes with it.
bpffs_mount() {
  mkdir -p "$LAB_BPFFS"
  mount -t bpf bpf "$LAB_BPFFS" || die "no bpffs can be mounted here: --bpffs needs root"
}

bpffs_unmount() {
  umount "$LAB_DIR/bpf" 2>/dev/null || true
  rmdir "$LAB_DIR/bpf" 2>/dev/null || true
}

# Every sender computes its checksums and every receiver verifies them, as on a wire: with offloads a veth pair does
# neither, and a wrong checksum would pass unseen.
offload_off() {
  ip netns exec "$LAB-$1" ethtool -K "$2" rx off tx off sg off tso off gso off gro off >/dev/null 2>&1 \
    || die "ethtool could not switch the offloads of $2 in $1 off"
}

# Read by `ip netns exec`, which shows them to the command as /etc/hosts.
write_names() {
  local host
  for host in "${HOSTS[@]}"; do
    mkdir -p "/etc/netns/$LAB-$host"
    cat >"/etc/netns/$LAB-$host/hosts" <<EOF
127.0.0.1 localhost
$VIP a.test b.test pool.test mail.test
${ADDRESS[client]} client
${ADDRESS[client2]} client2
${ADDRESS[site-a]} site-a
${ADDRESS[site-b]} site-b
EOF
  done
}

# Each step alone, so that a lab of which only a part came to be, or is left, goes too.
network_remove() {
  local host
  for host in "${HOSTS[@]}" switch; do
    if [[ -e /run/netns/$LAB-$host ]]; then ip netns del "$LAB-$host" || true; fi
    rm -rf "/etc/netns/$LAB-$host"
  done
  rmdir /etc/netns 2>/dev/null || true
  # `ip netns add` mounts this directory on itself; if nobody else has a namespace there, that goes as well.
  if rmdir_when_empty /run/netns; then :; fi
}

rmdir_when_empty() {
  [[ -d $1 && -z $(ls -A "$1") ]] || return 1
  umount "$1" 2>/dev/null || true
  rmdir "$1" 2>/dev/null
}

# usage: host_exec HOST CMD...
host_exec() {
  (host_become "$@")
}

# Becomes the command: whoever ends this process ends the command.
host_become() {
  local host=$1
  shift
  # Clients trust the lab's own authority, so that `curl https://a.test/` verifies.
  export CURL_CA_BUNDLE=$LAB_DIR/tls/ca.pem SSL_CERT_FILE=$LAB_DIR/tls/ca.pem
  exec ip netns exec "$LAB-$host" "$@"
}
