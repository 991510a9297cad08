/** What is in the image. Whatever changes here, or in `build`, makes a new one. */

/** As large as the disk looks inside; outside it takes what is in it. */
export const DISK_MIB = 2048;

/** Beside these, what they need and what Debian calls essential; nothing that is only recommended. */
export const PACKAGES = [
  // The system, as people have it.
  ...['systemd', 'systemd-sysv', 'udev', 'dbus', 'kmod', 'procps', 'libpam-systemd'],
  // What Trunkline works with on a host. Node comes from the machine outside, and needs its C++ library here.
  ...['iproute2', 'nftables', 'util-linux', 'conntrack', 'iputils-ping', 'openssh-server', 'libstdc++6'],
  // Others that manage networks; systemd-networkd is a part of systemd.
  ...['network-manager', 'libvirt-daemon-system', 'libvirt-clients', 'dnsmasq-base'],
] as const;

/**
 * Installed, and started by those tests only that want them: a boot takes half as long, and nobody manages a network who was
 * not asked to.
 */
export const NOT_STARTED = [
  ...['NetworkManager.service', 'NetworkManager-wait-online.service', 'NetworkManager-dispatcher.service'],
  ...['libvirtd.service', 'libvirtd.socket', 'libvirtd-ro.socket', 'libvirtd-admin.socket', 'libvirt-guests.service'],
  ...['virtlogd.service', 'virtlogd.socket', 'virtlogd-admin.socket'],
  ...['virtlockd.service', 'virtlockd.socket', 'virtlockd-admin.socket'],
  ...['systemd-networkd.service', 'ssh.service', 'nftables.service', 'remote-fs.target', 'machines.target'],
  ...['e2scrub_reap.service', 'e2scrub_all.timer', 'fstrim.timer', 'dpkg-db-backup.timer', 'logrotate.timer'],
  ...['apt-daily.timer', 'apt-daily-upgrade.timer'],
] as const;

/** Would wait for what a virtual machine without a screen does not have. */
export const NEVER_STARTED = [
  'getty.target',
  'serial-getty@ttyS0.service',
  'systemd-networkd-wait-online.service',
] as const;
