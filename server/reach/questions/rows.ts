/** In: sets of packets that may get somewhere. Out: rows for a person, each with a packet that was followed hop by hop. */
import { addressPart, familyOf, mustParseAddress } from '../../core/address.ts';
import type { Family } from '../../core/address.ts';
import type { NetworkStack, StackId, World } from '../../flow/world.ts';
import { sameJson } from '../../core/json.ts';
import type { Span } from '../rules/ruleset.ts';
import { WITH_PORTS } from '../rules/fields.ts';
import type { Box } from '../sets/boxes.ts';
import { joined } from '../sets/spans.ts';
import type { Spread, SpreadResult } from '../sets/spread.ts';
import type { Decider, Hop, Way } from '../walk/answer.ts';
import type { Mapping, Row, RowState } from './row.ts';
import type { Preferred, Sample, Tried } from './witness.ts';
import { samplesOf, tryPacket } from './witness.ts';

export interface Telling {
  readonly world: World;
  readonly from: StackId;
  readonly family: Family;
  /** Ends that are asked about; `null`: all. */
  readonly to: ReadonlySet<StackId> | null;
  readonly straight: string | null;
}

export function rowsOf({ list, open }: Pick<SpreadResult, 'list' | 'open'>, telling: Telling): readonly Row[] {
  const { to } = telling;
  const meant = list.filter(({ stack }) => to === null || to.has(stack));
  const found = [
    ...meant.flatMap((each) => rowsOfSpread(each, telling, false)),
    ...open.flatMap((each) => rowsOfSpread(each, telling, true)),
  ];
  return merged(found);
}

function rowsOfSpread(spread: Spread, telling: Telling, isOpen: boolean): readonly Row[] {
  const { world, from, family, to } = telling;
  const end = world.stacks.get(spread.stack);
  const sender = world.stacks.get(from);
  if (end === undefined || sender === undefined) return [];
  return samplesOf(spread.sent, family, preferred(sender, end, family, spread)).flatMap((sample): readonly Row[] => {
    const tried = tryPacket(world, from, family, sample);
    const { there } = tried;
    const arrived = there.verdict === 'delivered' ? (there.end?.stack ?? null) : null;
    // What the sets leave open is somebody else's packet where hop by hop it is known who gets it.
    if (isOpen && arrived !== null && to !== null && !to.has(arrived)) return [];
    const at = isOpen ? arrived : spread.stack;
    const { state, why } = judged(spread, tried, isOpen);
    const stack = at === null ? undefined : world.stacks.get(at);
    const port = there.packet.destinationPort;
    return [
      {
        from: { node: sender.node, stack: sender.id },
        to: stack === undefined ? null : { node: stack.node, stack: stack.id },
        ...{ family, sent: sample.box, arriving: arrivingOf(spread, sample), sources: sample.box.sources },
        ...{ through: mappingsOf(there), path: spread.path.map((id) => world.stacks.get(id)?.node ?? id) },
        ...{ rule: ruleOf(there), state, why, straight: telling.straight, way: there },
        witness: {
          protocol: there.packet.protocol,
          source: textOf(there.hops[0]?.packet.source, there.packet.source),
          destination: textOf(there.hops[0]?.packet.destination, there.packet.destination),
          port: there.hops[0]?.packet.destinationPort ?? port,
        },
        arrived: arrived === null ? null : there.packet,
        listens: stack === undefined || arrived === null ? null : listensOn(stack, sample.protocol, spread.arriving),
      },
    ];
  });
}

function textOf(first: string | null | undefined, otherwise: string | null): string {
  return first ?? otherwise ?? '';
}

function judged(
  { stack, doubts, unseen }: Spread,
  { there, answered, why, back }: Tried,
  isOpen: boolean,
): { readonly state: RowState; readonly why: string | null } {
  const arrives = there.verdict === 'delivered' && (isOpen || there.end?.stack === stack);
  if (there.verdict === 'unknown') return { state: 'unknown', why: [why, ...there.doubts].join('; ') };
  if (!arrives)
    return isOpen
      ? { state: 'unknown', why: `${doubts.join('; ')}; the packet that was followed: ${why}` }
      : { state: 'refused', why: there.verdict === 'delivered' ? `${why}, and not where the rules send it` : why };
  if (doubts.length > 0) return { state: 'unknown', why: doubts.join('; ') };
  if (answered === false && back?.verdict === 'unknown') return { state: 'unknown', why };
  if (answered === false) return { state: 'one-way', why };
  return {
    state: 'yes',
    why: unseen.length === 0 ? null : `followed for the packet that is shown: ${unseen.join('; ')}`,
  };
}

/** What a translation has not touched is as it was sent. */
function arrivingOf({ sent, arriving }: Spread, { box }: Sample): Box {
  const same = (name: keyof Box): boolean => sameJson(plain(sent[name]), plain(arriving[name]));
  return {
    ...{ ...arriving, protocols: box.protocols, icmpTypes: box.icmpTypes },
    // Without ports there is nothing to tell apart.
    ...(box.protocols.some((each) => WITH_PORTS.includes(each)) ? {} : { ports: box.ports }),
    ...(same('sources') ? { sources: box.sources } : {}),
    ...(same('destinations') ? { destinations: box.destinations } : {}),
  };
}

function plain(list: Box[keyof Box]): readonly string[] {
  return list.map((each) => (typeof each === 'bigint' ? String(each) : `${String(each.first)}-${String(each.last)}`));
}

function preferred(sender: NetworkStack, end: NetworkStack, family: Family, spread: Spread): Preferred {
  const sources = [...sender.interfaces.values()]
    .flatMap(({ addresses }) => addresses.map(addressPart))
    .filter((each) => familyOf(each) === family)
    .map((each) => mustParseAddress(each).value);
  const same = plain(spread.sent.ports).join() === plain(spread.arriving.ports).join();
  const of = (protocol: 'tcp' | 'udp'): readonly bigint[] =>
    (end.listens ?? []).flatMap((each) =>
      each.protocol === protocol ? each.ports.map(({ first }) => BigInt(first)) : [],
    );
  return {
    sources,
    ports: new Map(
      same
        ? [
            [6n, of('tcp')],
            [17n, of('udp')],
          ]
        : [],
    ),
  };
}

function mappingsOf({ hops }: Way): readonly Mapping[] {
  return hops.flatMap((hop, index): readonly Mapping[] => {
    const before = hops[index - 1]?.packet;
    if (hop.action !== 'translates' || before === undefined) return [];
    const { destination, destinationPort } = hop.packet;
    if (destination === before.destination && destinationPort === before.destinationPort) return [];
    return [
      {
        node: hop.node,
        before: { address: before.destination, port: before.destinationPort },
        after: { address: destination, port: destinationPort },
        rule: hop.rule,
      },
    ];
  });
}

/** What stops it; of what passes, the last filter that let it. */
function ruleOf({ by, hops }: Way): Decider | null {
  if (by !== null) return by;
  return hops.findLast(({ action, rule }: Hop) => action === 'accepts' && rule !== null)?.rule ?? null;
}

function listensOn({ listens }: NetworkStack, protocol: bigint, { ports }: Box): boolean | null {
  if (listens === null) return null;
  const word = protocol === 6n ? 'tcp' : protocol === 17n ? 'udp' : null;
  if (word === null) return null;
  return listens.some((each) => {
    if (each.protocol === 'any') return true;
    return each.protocol === word && each.ports.some((own) => ports.some((span) => meets(own, span)));
  });
}

function meets(own: { readonly first: number; readonly last: number }, { first, last }: Span): boolean {
  return BigInt(own.first) <= last && BigInt(own.last) >= first;
}

/** Of one sort of answer the protocols, then the sources, are one row. */
function merged(rows: readonly Row[]): readonly Row[] {
  const byProtocol = together(rows, 'protocols', (row) => [...keyOf(row), ends(row), ports(row)]);
  return together(byProtocol, 'sources', (row) => [
    ...keyOf(row),
    plain(row.sent.destinations),
    ports(row),
    services(row),
  ]);
}

const ends = ({ sent }: Row): unknown => [plain(sent.sources), plain(sent.destinations)];
const ports = ({ sent, arriving }: Row): unknown => [plain(sent.ports), plain(arriving.ports)];
const services = ({ sent }: Row): unknown => [plain(sent.protocols), plain(sent.icmpTypes)];

function keyOf({ from, to, family, state, why, rule, straight, path, through, arriving }: Row): readonly unknown[] {
  const mapped = through.map(({ node, after }) => [node, after.address]);
  return [
    from.stack,
    to?.stack ?? null,
    family,
    state,
    state === 'yes' ? null : why,
    ruleKey(rule),
    straight,
    path,
    mapped,
    plain(arriving.destinations),
  ];
}

function ruleKey(rule: Decider | null): unknown {
  if (rule === null) return null;
  return rule.type === 'rule' ? [rule.family, rule.table, rule.chain, rule.handle, rule.id, rule.text] : rule.text;
}

function together(
  rows: readonly Row[],
  name: 'protocols' | 'sources',
  key: (row: Row) => readonly unknown[],
): readonly Row[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify(key(row)));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length === 1) return group;
    if (name === 'protocols') {
      const protocols = [...new Set(group.flatMap(({ sent }) => sent.protocols))].toSorted((a, b) => (a < b ? -1 : 1));
      const listens = group.some((each) => each.listens === true) ? true : first.listens;
      return [{ ...first, listens, sent: { ...first.sent, protocols }, arriving: { ...first.arriving, protocols } }];
    }
    const sources = joined(group.flatMap((each) => each.sources));
    return [{ ...first, sources, sent: { ...first.sent, sources } }];
  });
}
