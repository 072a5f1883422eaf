#!/bin/busybox sh
# The first process of the guest: mounts the host's root file system read-only over 9p, puts a
# writable layer in memory over it, loads modules, and hands over to the agent (agent.sh).
# $1 of every mount is a tag of QEMU's command line (qemu.ts).
export PATH=/bin
/bin/busybox mkdir -p /proc /sys /dev /host /layer /new
/bin/busybox --install -s /bin

fail() {
  echo "iopath guest: $*" >/dev/console
  dmesg | tail -20 >/dev/console
  poweroff -f
}

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
while read -r module; do
  insmod "/modules/$module" || fail "insmod $module"
done </modules/boot

# What is built into a kernel of the user's own is known only here.
for driver in virtio/drivers/9pnet_virtio:NET_9P_VIRTIO virtio/drivers/virtio_console:VIRTIO_CONSOLE \
  pci/drivers/virtio-pci:VIRTIO_PCI; do
  [ -e "/sys/bus/${driver%:*}" ] || fail "this kernel has no ${driver%:*} (CONFIG_${driver#*:}=y)"
done
for system in 9p:9P_FS overlay:OVERLAY_FS tmpfs:TMPFS; do
  grep -qw "${system%:*}" /proc/filesystems || fail "this kernel has no ${system%:*} (CONFIG_${system#*:}=y)"
done

nine='trans=virtio,version=9p2000.L,msize=512000'
mount -t 9p -o "$nine,ro,cache=loose" root /host || fail "mount the host's root"
mount -t tmpfs -o mode=755 tmpfs /layer
mkdir /layer/upper /layer/work
mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work overlay /new ||
  fail "mount the writable layer"

# /tmp stays the host's below the layer: the project itself may lie there.
mount -t proc proc /new/proc
mount -t sysfs sysfs /new/sys
mount -t devtmpfs devtmpfs /new/dev
ln -s /proc/self/fd /new/dev/fd
ln -s fd/0 /new/dev/stdin
ln -s fd/1 /new/dev/stdout
ln -s fd/2 /new/dev/stderr
mkdir -p /new/dev/pts /new/dev/shm /new/dev/hugepages
mount -t devpts devpts /new/dev/pts
mount -t tmpfs shm /new/dev/shm
mount -t tmpfs -o mode=755 tmpfs /new/run
mount -t bpf bpf /new/sys/fs/bpf
mkdir -p /new/run/netns /new/run/lock /new/run/iopath
mount -t 9p -o "$nine,cache=none" share /new/run/iopath || fail "mount the share"

while read -r module; do
  insmod "/modules/$module" || echo "iopath guest: no module $module" >/dev/console
done </modules/devices

exec chroot /new /bin/bash /run/iopath/agent.sh
