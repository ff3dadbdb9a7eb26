# shellcheck shell=bash disable=SC2154
# One port and one mailbox domain, as a service's smallest real configuration.
mkdir -p "$DIRECTORY/config"
echo 'a.test maildir' >"$DIRECTORY/routes"
cat >"$DIRECTORY/config/application.properties" <<EOF
steamgate.mail.hostname=relay.test
steamgate.mail.listeners.smtp.host=127.0.0.1
steamgate.mail.listeners.smtp.port=2500
steamgate.mail.routes=$DIRECTORY/routes
steamgate.mail.maildir.path=$DIRECTORY/mail/{domain}/{local}
EOF
