# shellcheck shell=bash
# The benchmark's own network: two ends, and four middles that are never busy at the same time.
#
#              wan0 ┌─────────┐ lan0
#            ┌──────┤ forward ├──────┐         198.18.1.0/24 ── 198.19.1.0/24   the kernel forwards
#            ├──────┤ proxy   ├──────┤         198.18.2.0/24 ── 198.19.2.0/24   HAProxy, nginx
#   client ──┤      │         │      ├── site
#            ├──────┤ edge    ├──────┤         198.18.3.0/24 ── 198.19.3.0/24   Steamgate
#            └──────┤ bare    ├──────┘         198.18.4.0/24 ── 198.19.4.0/24   Steamgate's devices alone
#                   └─────────┘
#
# 198.18.0.0/15 is set aside for benchmarks (RFC 2544). Each middle has its own cables, so that the address of one that
# must not be owned by a kernel and the address of one that must be are not in each other's way.

readonly PREFIX=sgb
readonly SPACES=(client site forward proxy edge bare)
readonly MIDDLES=(forward proxy edge bare)
declare -rA NET=([forward]=1 [proxy]=2 [edge]=3 [bare]=4)

# A veth pair, left alone, has the sender's core do the receiver's part of the kernel's work. With --cores middle the
# forwarding of plain kernel forwarding is therefore done on the ends' core, and the ends' receiving on the middle's.
# Receive packet steering gives each its own, as a network card's interrupts would, and pays an interrupt between cores
# for every hand-over, which is dear in a virtual machine. Off is the default, since it is the system's.
share_cores() {
  if [[ $CORES == middle ]]; then
    MIDDLE_CPU=0 CLIENT_CPU=1 SITE_CPU=1
  else
    MIDDLE_CPU=0,1 CLIENT_CPU=1 SITE_CPU=0
  fi
  readonly MIDDLE_CPU CLIENT_CPU SITE_CPU
}

# Enough clients and endpoints that 100,000 flows fit into the ports of each.
readonly CLIENT_ADDRESSES=8
readonly SITE_ADDRESSES=4

network_make() {
  local space middle net i
  for space in "${SPACES[@]}"; do
    ip netns add "$PREFIX-$space"
    ip -n "$PREFIX-$space" link set lo up
    in_space "$space" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
      net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv4.ip_forward=0 \
      net.ipv4.tcp_congestion_control=reno net.ipv4.ip_local_port_range='1024 65535' net.ipv4.tcp_tw_reuse=1 \
      net.core.somaxconn=4096 net.ipv4.tcp_max_syn_backlog=8192
  done
  for middle in "${MIDDLES[@]}"; do
    net=${NET[$middle]}
    cable client "to-$middle" "$middle" wan0
    cable site "to-$middle" "$middle" lan0
    for ((i = 0; i < CLIENT_ADDRESSES; i++)); do
      ip -n "$PREFIX-client" addr add "198.18.$net.$((100 + i))/24" dev "to-$middle"
    done
    for ((i = 0; i < SITE_ADDRESSES; i++)); do
      ip -n "$PREFIX-site" addr add "198.19.$net.$((11 + i))/24" dev "to-$middle"
    done
  done
  for middle in forward proxy; do
    net=${NET[$middle]}
    ip -n "$PREFIX-$middle" addr add "198.18.$net.1/24" dev wan0
    ip -n "$PREFIX-$middle" addr add "198.19.$net.1/24" dev lan0
  done
  in_space forward sysctl -qw net.ipv4.ip_forward=1
  for middle in forward bare; do
    net=${NET[$middle]}
    ip -n "$PREFIX-client" route add "198.19.$net.0/24" via "198.18.$net.1"
    ip -n "$PREFIX-site" route add "198.18.$net.0/24" via "198.19.$net.1"
  done
  # The bare forwarder answers no ARP, and its kernel has no address to answer for.
  ip -n "$PREFIX-client" neigh add 198.18.4.1 lladdr "$(mac_of bare wan0)" dev to-bare
  ip -n "$PREFIX-site" neigh add 198.19.4.1 lladdr "$(mac_of bare lan0)" dev to-bare
}

# usage: cable END END-DEVICE MIDDLE MIDDLE-DEVICE
cable() {
  ip link add "$2" netns "$PREFIX-$1" type veth peer name "$4" netns "$PREFIX-$3"
  steer "$1" "$2" "$CLIENT_CPU"
  steer "$3" "$4" "$MIDDLE_CPU"
  offload "$1" "$2"
  offload "$3" "$4"
  ip -n "$PREFIX-$1" link set "$2" mtu "$MTU" up
  ip -n "$PREFIX-$3" link set "$4" mtu "$MTU" up
}

offload() {
  [[ $OFFLOADS == off ]] || return 0
  in_space "$1" ethtool -K "$2" tx off rx off sg off tso off gso off gro off >/dev/null 2>&1 \
    || die "offloads cannot be switched off for $2 in $1: is ethtool there?"
}

# `ip netns exec` shows a command the /sys of its namespace.
steer() {
  [[ $STEERING == on ]] || return 0
  in_space "$1" bash -c "printf %x $((1 << $3)) >/sys/class/net/$2/queues/rx-0/rps_cpus" 2>/dev/null \
    || die "receive packet steering cannot be set for $2 in $1; use --steering off"
}

mac_of() {
  in_space "$1" cat "/sys/class/net/$2/address"
}

in_space() {
  local space=$1
  shift
  ip netns exec "$PREFIX-$space" "$@"
}

# Frames that arrived at the edge so far; a super-frame counts once, as it does for whoever handles it.
edge_frames() {
  in_space edge cat /sys/class/net/{wan0,lan0}/statistics/rx_packets | awk '{ n += $1 } END { printf "%d", n }'
}

# Whatever runs in a namespace of ours is ours, whoever lost its number.
network_remove() {
  local space pids=()
  for space in "${SPACES[@]}"; do
    if [[ -e /run/netns/$PREFIX-$space ]]; then
      mapfile -t -O "${#pids[@]}" pids < <(ip netns pids "$PREFIX-$space" 2>/dev/null)
    fi
  done
  ((${#pids[@]} == 0)) || end_processes "${pids[@]}"
  for space in "${SPACES[@]}"; do
    if [[ -e /run/netns/$PREFIX-$space ]]; then ip netns del "$PREFIX-$space" || true; fi
  done
}

end_processes() {
  kill -TERM "$@" 2>/dev/null || true
  local pid alive
  for _ in {1..50}; do
    alive=()
    for pid in "$@"; do
      if kill -0 "$pid" 2>/dev/null; then alive+=("$pid"); fi
    done
    ((${#alive[@]} > 0)) || return 0
    sleep 0.1
  done
  kill -KILL "${alive[@]}" 2>/dev/null || true
}
