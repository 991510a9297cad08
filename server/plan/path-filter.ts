/** Whether a table that a plan touches lets the first packet of a new connection in, and the answer out. */
import { familyOf } from '../core/address.ts';
import { judgePacket } from '../core/nft/verdict.ts';
import type { PacketFields } from '../core/nft/verdict.ts';
import type { Hook, Table, TableFamily } from '../core/nft/ast.ts';
import type { PathPicture } from './path-picture.ts';
import type { Standing } from './path-standing.ts';
import { wiresOf } from './path-wire.ts';

const INWARD: readonly Hook['hook'][] = ['prerouting', 'input'];

interface TouchedTable {
  readonly family: TableFamily;
  readonly before: Table | null;
  readonly now: Table | null;
}

/** Only what is new: what a table did before, it did to the way that stands. */
export function tableProblem(
  table: TouchedTable,
  picture: PathPicture,
  standing: Standing,
  inward: string,
): string | undefined {
  const needed = new Set(standing.wires.get(standing.inward)?.map(({ name }) => name));
  const ports = wiresOf(picture, inward).flatMap(({ name, port }) =>
    port === null || !needed.has(name) ? [] : [port],
  );
  const problem = verdictOn(table.now, packetsOf(table.family, standing, inward, ports));
  if (problem === undefined) return undefined;
  const before = (standing.wires.get(standing.inward) ?? []).flatMap(({ port }) => port ?? []);
  const former = packetsOf(table.family, standing, standing.inward, before);
  return verdictOn(table.before, former) === undefined ? problem : undefined;
}

function verdictOn(table: Table | null, packets: readonly Judged[]): string | undefined {
  if (table === null) return undefined;
  for (const { packet, hooks } of packets) {
    const verdict = judgePacket(table, hooks, packet);
    switch (verdict.type) {
      case 'accept':
        continue;
      case 'unknown':
        return 'a filter might no longer let new connections in';
      case 'drop':
      case 'reject':
        return `new connections would be refused (${verdict.rule})`;
      case 'dnat':
        return `new connections would be sent on to a guest (${verdict.rule})`;
    }
  }
  return undefined;
}

interface Judged {
  readonly packet: PacketFields;
  readonly hooks: readonly Hook['hook'][];
}

/** The first packet of a new connection; in a bridge, by each of its ports, also the answer. */
function packetsOf(
  family: TableFamily,
  { path, ownMac }: Standing,
  inward: string,
  ports: readonly string[],
): readonly Judged[] {
  const word = familyOf(path.server) === 4 ? 'ip' : 'ip6';
  const packet = {
    'meta nfproto': word === 'ip' ? 'ipv4' : 'ipv6',
    'meta l4proto': 'tcp',
    [`${word} saddr`]: path.client,
    [`${word} daddr`]: path.server,
    [`ct original ${word} saddr`]: path.client,
    [`ct original ${word} daddr`]: path.server,
    ...(word === 'ip6' ? { 'ip6 hoplimit': null } : {}),
    ...{ 'tcp sport': null, 'th sport': null, 'tcp dport': path.port, 'th dport': path.port },
    ...{ 'ct state': 'new', 'ct status': '', 'ct direction': 'original', 'ct mark': 0, 'meta mark': 0 },
    ...{ 'ether saddr': path.mac, 'ether daddr': null, 'vlan id': null },
  };
  if (family === 'inet') return [{ packet: { ...packet, iifname: inward }, hooks: INWARD }];
  return ports.flatMap((port): readonly Judged[] => [
    { packet: { ...packet, iifname: port }, hooks: INWARD },
    { packet: { ...packet, oifname: port, 'ether saddr': ownMac }, hooks: ['postrouting'] },
  ]);
}
