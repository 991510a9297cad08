/**
 * First process of a machine on a disk: mounts the disk, puts beside its own files those of the machine outside (`/host`, read
 * only) and the kernel's modules, and leaves systemd two things in /run: the names of the NICs, and a unit that runs commands
 * from outside from early in boot on, over virtio ports, whatever becomes of the networks.
 */
export const DISK_INIT = `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /root /run
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
# MODULES and RELEASE.
. /parameters

/bin/busybox mount -t ext4 /dev/vda /root || fail 'no disk'
/bin/busybox mount -t virtiofs -o ro host /root/host || fail 'no virtiofs'
/bin/busybox mkdir -p "/root/lib/modules/$RELEASE"
/bin/busybox mount --bind "/root/host$MODULES" "/root/lib/modules/$RELEASE" || fail 'no modules'

/bin/busybox mount -t tmpfs -o mode=755,nosuid,nodev run /run
/bin/busybox mkdir -p /run/trunkline-vm /run/systemd/system/sysinit.target.wants /run/systemd/network
/bin/busybox cp /agent /run/trunkline-vm/agent
/bin/busybox cat >/run/systemd/system/trunkline-vm.service <<'UNIT'
[Unit]
Description=Commands from outside the virtual machine
DefaultDependencies=no
[Service]
ExecStart=/run/trunkline-vm/agent serve
Restart=always
UNIT
/bin/busybox ln -s ../trunkline-vm.service /run/systemd/system/sysinit.target.wants/trunkline-vm.service
# nic=NAME@MAC, one for each
for word in $(/bin/busybox cat /proc/cmdline); do
  case $word in nic=*) ;; *) continue ;; esac
  word=\${word#nic=}
  /bin/busybox printf '[Match]\\nMACAddress=%s\\n[Link]\\nName=%s\\n' "\${word#*@}" "\${word%@*}" >"/run/systemd/network/10-\${word%@*}.link"
done

/bin/busybox mount --move /run /root/run
/bin/busybox mount --move /proc /root/proc
/bin/busybox mount --move /sys /root/sys
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/init
`;

export const DISK_MODULES = ['virtio_pci', 'virtio_blk', 'virtio_console', 'virtio_rng', 'virtiofs'];
