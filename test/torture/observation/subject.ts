import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model } from '../../../server/flow/model.ts';
import { compileText } from '../../../server/model/compile-file.ts';
import { applyModel } from '../../../server/run/apply.ts';
import { clutterOn } from '../../support/clutter.ts';
import { openHostNamespace } from '../../support/host-namespace.ts';
import type { HostNamespace } from '../../support/host-namespace.ts';

/** A small topology with one of everything that is read: links, addresses, routes, a table, settings, a namespace. */
export function subjectModel(guests: number): Model {
  const text = [
    'topology: seen',
    'networks: { apps: { subnet: 10.50.0.0/24 }, wan: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true } }',
    'hosts: { here: { access: local, bridges: { br0: { networks: [apps] }, br-wan: { networks: [wan] } }, nics: { apps: 10.50.0.2 } } }',
    'gateways: { gw: { on: [here], runs: netns, nics: { apps: { address: 10.50.0.1 }, wan: { address: 192.0.2.10 } } } }',
    'guests:',
    ...Array.from(
      { length: guests },
      (_, index) => `  g${String(index)}: { on: here, nics: { apps: 10.50.0.${String(index + 10)} } }`,
    ),
    '',
  ].join('\n');
  const { model, diagnostics } = compileText({ file: 'seen.yaml', text });
  if (model === null) throw new Error(diagnostics.map((each) => each.detail).join('\n'));
  return model;
}

/** A host with the topology applied, and other people's things beside it. */
export interface Subject {
  readonly host: HostNamespace;
  /** For files that programs on the host read. */
  readonly folder: string;
  /** All that is configured, as text. */
  readonly picture: () => Promise<string>;
  readonly close: () => Promise<void>;
}

const PICTURE = `show() {
  $1 ip -d addr; $1 ip route show table all; $1 ip -6 route show table all; $1 ip rule; $1 bridge -d vlan; $1 nft -s list ruleset
  $1 sh -c 'cd /proc/sys/net && grep -rs "" ipv4/conf ipv6/conf ipv4/ip_forward'
}
show ''; for ns in $(ls /run/netns); do show "ip netns exec $ns"; done | grep -v stable_secret`;

export async function openSubject(guests: number): Promise<Subject> {
  const host = await openHostNamespace('here');
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-seen-'));
  await host.run('sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0');
  await clutterOn(host);
  const result = await applyModel(subjectModel(guests), () => host.connection);
  const failure = result.hosts[0]?.failure ?? null;
  if (failure !== null) throw new Error(JSON.stringify(failure));
  // The kernel tells of carriers up to a second late.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return {
    host,
    folder,
    picture: async () => (await host.run('sh', '-c', PICTURE)).replace(/timer +[\d.]+/g, ''),
    close: async () => {
      await host.close();
      await rm(folder, { recursive: true });
    },
  };
}
