#!/usr/bin/env bash
# First process of the user namespace in which the lab lives without root; see lab-world.sh.
set -euo pipefail

layer=$(mktemp -d)
mount -t tmpfs tmpfs "$layer"
mkdir "$layer/upper" "$layer/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$layer/upper,workdir=$layer/work" /etc
umount --lazy "$layer"
rmdir "$layer" 2>/dev/null || true
# Also where the machine has an /etc/netns, which belongs to a user that does not exist in here.
mkdir -p /etc/netns
mount -t tmpfs tmpfs /etc/netns
mount -t tmpfs tmpfs /run
ip link set lo up
mkdir /run/netns
# Says that all of this is done.
: >/run/steamgate-holder

# Waits for ever and takes in the orphans of the namespace, as its init must.
while :; do
  sleep 3600 &
  wait "$!"
done
