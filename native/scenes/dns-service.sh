# shellcheck shell=bash disable=SC2154
# One zone, as a service's smallest real configuration.
mkdir -p "$DIRECTORY/zones" "$DIRECTORY/config"
printf '@ 3600 SOA ns host 1 7200 3600 1209600 300\n@ 3600 NS ns\nns 3600 A 192.0.2.1\n' >"$DIRECTORY/zones/a.test.zone"
cat >"$DIRECTORY/config/application.properties" <<EOF
steamgate.dns.listen=127.0.0.1:5300
steamgate.dns.zones.directory=$DIRECTORY/zones
EOF
