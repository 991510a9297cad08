/**
 * First process of the virtual machine, in its initramfs: loads what it takes to reach the machine outside, lays a writable
 * overlay in memory over that machine's file system, and goes on in there with INIT_ROOT.
 */
export const INIT = `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /host /overlay
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs dev /dev

fail() {
  echo "vm: $*" >/dev/console
  /bin/busybox sleep 1
  /bin/busybox poweroff -f
}

while read -r module; do
  /bin/busybox insmod "/modules/$module" || fail "insmod $module"
done </modules/order

/bin/busybox mount -t virtiofs -o ro host /host || fail 'no virtiofs'
/bin/busybox mount -t tmpfs -o size=75% overlay /overlay
/bin/busybox mkdir /overlay/upper /overlay/work /overlay/root
# Served without root, what is root's outside is nobody's in here, and so would be who runs mount(8).
suid=
if [ "$(/bin/busybox stat -c %u /host)" != 0 ]; then suid=nosuid,; fi
/bin/busybox mount -t overlay -o "\${suid}lowerdir=/host,upperdir=/overlay/upper,workdir=/overlay/work" overlay /overlay/root || fail 'no overlay'

root=/overlay/root
/bin/busybox mkdir -p "$root/run" "$root/proc" "$root/sys" "$root/dev" "$root/mnt"
/bin/busybox mount -t tmpfs -o mode=755 run "$root/run"
/bin/busybox mount --move /proc "$root/proc"
/bin/busybox mount --move /sys "$root/sys"
/bin/busybox mount --move /dev "$root/dev"
/bin/busybox cp /init-root /parameters /agent "$root/run/"
# Process 1 shares its root directory with the kernel's own threads: by going there itself, modules asked for later are
# found by the modprobe of that root.
exec /bin/busybox switch_root "$root" /run/init-root
`;

/** Second half of the start, in the file system of the machine outside: makes the modules findable and opens the ways in. */
export const INIT_ROOT = `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LC_ALL=C.UTF-8
# MODULES and RELEASE.
. /run/parameters

mkdir -p /dev/pts /dev/shm /run/lock /run/netns "/lib/modules/$RELEASE"
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs -o mode=1777 tmp /var/tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount --bind "$MODULES" "/lib/modules/$RELEASE"
ip link set lo up
hostname vm
# One table of neighbours serves all namespaces: a lab of hundreds of nodes does not fit into the 1,024 entries it has room for.
for family in ipv4 ipv6; do echo 16384 >"/proc/sys/net/$family/neigh/default/gc_thresh3"; done
exec /run/agent serve
`;
