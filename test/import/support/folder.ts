/** Snapshots written in a test, in the form in which the tools print (iproute2 6.1, nft 1.0.6). */
import { checksum } from '../../../server/observe/snapshot.ts';
import type { SnapshotFolder } from '../../../server/observe/snapshot.ts';

export interface Written {
  readonly links?: readonly object[];
  readonly routes4?: readonly object[];
  readonly rules4?: readonly object[];
  readonly vlans?: readonly object[];
  readonly fdb?: readonly object[];
  readonly neighbours?: readonly object[];
  /** Objects behind the metainfo. */
  readonly nft?: readonly object[];
  readonly iptables?: Readonly<Record<string, string>>;
  readonly settings?: readonly string[];
  /** Of `/proc/net/udp`. */
  readonly udp?: string;
}

export const USUAL_RULES = [
  { priority: 0, src: 'all', table: 'local' },
  { priority: 32_766, src: 'all', table: 'main' },
  { priority: 32_767, src: 'all', table: 'default' },
];

export function folderOf(written: Written): SnapshotFolder {
  const json = (value: readonly object[] | undefined): string => JSON.stringify(value ?? []);
  const texts: Readonly<Record<string, string>> = {
    'host.txt': 'box\n',
    'taken.txt': '2026-11-21T18:00:00Z\n',
    'links.json': json(written.links),
    'routes4.json': json(written.routes4),
    'routes6.json': '[]',
    'rules4.json': json(written.rules4 ?? USUAL_RULES),
    'rules6.json': json(USUAL_RULES),
    'neighbours.json': json(written.neighbours),
    'vlans.json': json(written.vlans),
    'fdb.json': json(written.fdb),
    'nftables.json': JSON.stringify({ nftables: [{ metainfo: { json_schema_version: 1 } }, ...(written.nft ?? [])] }),
    'sysctls.txt': (written.settings ?? ['net/ipv4/ip_forward:1']).join('\n'),
    'udp.txt': written.udp ?? '',
    ...written.iptables,
  };
  const folder = new Map(Object.entries(texts).map(([file, text]) => [file, Buffer.from(text)]));
  const files = [...folder].map(([file, content]) => ({ file, exitCode: 0, sha256: checksum(content) }));
  const manifest = { format: 1, host: 'box', taken: '2026-11-21T18:00:00Z', files };
  return folder.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
}

interface LinkParts {
  readonly kind?: string;
  readonly data?: object;
  readonly addresses?: readonly string[];
  readonly up?: boolean;
  readonly [more: string]: unknown;
}

export function link(ifindex: number, ifname: string, { kind, data, addresses, up, ...more }: LinkParts = {}): object {
  const addr_info = (addresses ?? []).map((text) => {
    const [local = '', length = '32'] = text.split('/');
    const family = local.includes(':') ? 'inet6' : 'inet';
    return { family, local, prefixlen: Number(length), scope: 'global', label: ifname };
  });
  return {
    ifindex,
    ifname,
    flags: (up ?? true) ? ['BROADCAST', 'UP', 'LOWER_UP'] : ['BROADCAST'],
    mtu: 1500,
    group: 'default',
    address: `02:00:00:00:00:${ifindex.toString(16).padStart(2, '0')}`,
    ...(kind === undefined ? {} : { linkinfo: { info_kind: kind, info_data: data ?? {} } }),
    ...more,
    addr_info,
  };
}

/** A router: `eth0` outside, `br0` inside, the default route by 192.0.2.1. */
export const ROUTER_LINKS = [
  link(1, 'lo', { addresses: [] }),
  link(2, 'eth0', { addresses: ['192.0.2.10/24'] }),
  link(3, 'br0', { kind: 'bridge', data: { vlan_filtering: 0, stp_state: 0 }, addresses: ['10.0.0.1/24'] }),
  link(4, 'vnet0', { kind: 'tun', master: 'br0' }),
];
export const ROUTER_ROUTES = [
  { dst: 'default', gateway: '192.0.2.1', dev: 'eth0', flags: [] },
  { dst: '192.0.2.0/24', dev: 'eth0', protocol: 'kernel', scope: 'link', prefsrc: '192.0.2.10', flags: [] },
  { dst: '10.0.0.0/24', dev: 'br0', protocol: 'kernel', scope: 'link', prefsrc: '10.0.0.1', flags: [] },
];

/** A NAT table with one chain at each hook, and these rules in them. */
export function natTable(
  pre: readonly (readonly object[])[],
  post: readonly (readonly object[])[] = [],
): readonly object[] {
  const table = { family: 'ip', table: 'nat' };
  const chain = (name: string, hook: string) => ({
    chain: { ...table, name, handle: 1, type: 'nat', hook, prio: 0, policy: 'accept' },
  });
  const rules = (name: string, list: readonly (readonly object[])[], first: number) =>
    list.map((expr, at) => ({ rule: { ...table, chain: name, handle: first + at, expr } }));
  return [
    { table: { family: 'ip', name: 'nat', handle: 1 } },
    chain('pre', 'prerouting'),
    chain('post', 'postrouting'),
    ...rules('pre', pre, 10),
    ...rules('post', post, 100),
  ];
}

export const is = (left: object, right: unknown, op = '=='): object => ({ match: { op, left, right } });
export const field = (protocol: string, name: string): object => ({ payload: { protocol, field: name } });
export const meta = (key: string): object => ({ meta: { key } });
