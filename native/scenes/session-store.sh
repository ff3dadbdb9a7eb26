# shellcheck shell=bash disable=SC2154
# One site, as a service's smallest real configuration.
mkdir -p "$DIRECTORY/sites/a.test" "$DIRECTORY/config"
echo 'a' >"$DIRECTORY/sites/a.test/index.html"
cat >"$DIRECTORY/config/application.properties" <<EOF
steamgate.session.sites=$DIRECTORY/sites
EOF
