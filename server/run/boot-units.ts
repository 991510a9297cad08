/**
 * The two units that bring a topology back when a machine with systemd starts.
 *
 * `trunkline-restore@T` runs before any network manager: `network-pre.target` is where filters have to stand. It comes after
 * whatever loads rules from files at this point (Debian's nftables.service empties the whole ruleset first), after settings are
 * put in force, so that what they are is what is given back one day, and after udev has begun to name interfaces.
 *
 * `trunkline-late@T` runs behind the network managers, before the network is declared up: systemd-networkd removes rules and
 * routes that it has not made when it starts, and bridges of others come to stand with them.
 */
export function bootUnits(topology: string): Readonly<Record<'unit' | 'unit-late', string>> {
  const runs = (how: string): string => `/bin/sh /etc/trunkline/${topology}/current/restore ${how}`;
  return {
    unit: `[Unit]
Description=Network of the topology ${topology}, as it was kept last
DefaultDependencies=no
Wants=network-pre.target
After=local-fs.target systemd-modules-load.service systemd-sysctl.service systemd-udevd.service systemd-udev-trigger.service
After=nftables.service netfilter-persistent.service
Before=network-pre.target network.target shutdown.target
Conflicts=shutdown.target
ConditionPathExists=/etc/trunkline/${topology}/current/restore

[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=300
ExecStart=${runs('early')}

[Install]
WantedBy=sysinit.target
`,
    'unit-late': `[Unit]
Description=Network of the topology ${topology}: what only comes to stand with the network managers
After=trunkline-restore@${topology}.service systemd-networkd.service NetworkManager.service networking.service
Before=network.target
ConditionPathExists=/run/trunkline/late/${topology}

[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=300
ExecStart=${runs('late')}

[Install]
WantedBy=multi-user.target
`,
  };
}
