# shellcheck shell=bash disable=SC2154
# Two interfaces whose other ends nobody listens at, and one service.
ip link add wan0 type veth peer name wan1
ip link add lan0 type veth peer name lan1
for interface in wan0 wan1 lan0 lan1; do
  ip link set "$interface" up
done
mkdir -p "$DIRECTORY/config"
cat >"$DIRECTORY/config/application.properties" <<EOF
steamgate.edge.interfaces.wan0.addresses=192.0.2.10/24
steamgate.edge.interfaces.lan0.addresses=198.51.100.1/24
steamgate.edge.vips=192.0.2.10
steamgate.edge.routes=$DIRECTORY/routes.yaml
EOF
cat >"$DIRECTORY/routes.yaml" <<EOF
listeners:
  - {name: web, port: 80, protocol: http, rules: [{host: a.test, service: site}]}
services:
  site:
    health: off
    tcp-options: {mss: 1460, window-scale: 7, sack: true, timestamps: true}
    endpoints: ["198.51.100.11:80"]
EOF
