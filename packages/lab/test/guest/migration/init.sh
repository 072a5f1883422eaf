#!/bin/busybox sh
# The first process of a small guest: modules, then /setup, then the word "ready", then /watch if
# there is one.
export PATH=/bin
/bin/busybox mkdir -p /proc /sys /dev
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
while read -r module; do
  insmod "/modules/$module" || echo "no module $module"
done </modules/order
ip link set lo up
. /setup
echo ready
[ ! -x /watch ] || /watch
while :; do sleep 1000; done
