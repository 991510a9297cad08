/** Rows of the questions about many flows, and single packets asked one by one: whether they say the same. */
import { mustParseAddress } from '../../server/core/address.ts';
import type { World } from '../../server/flow/world.ts';
import type { Row } from '../../server/reach/questions/row.ts';
import type { Box } from '../../server/reach/sets/boxes.ts';
import type { Prediction } from './matrix.ts';

const within = (spans: Box['ports'], value: bigint): boolean =>
  spans.some(({ first, last }) => value >= first && value <= last);

/** Rows that say something of the packet. */
export function rowsFor(rows: readonly Row[], { probe }: Prediction, world: World): readonly Row[] {
  const { from, to, protocol, port, family } = probe;
  const number = { tcp: 6n, udp: 17n, icmp: family === 4 ? 1n : 58n }[protocol];
  const [source, destination] = [from.address, to.address].map((each) => mustParseAddress(each).value);
  return rows.filter(
    ({ from: sender, sent, straight, family: its }) =>
      its === family &&
      straight === null &&
      // A host that is a gateway has several names.
      sender.stack === (world.nodes.get(from.node) ?? from.node) &&
      sent.protocols.includes(number) &&
      within(sent.sources, source ?? 0n) &&
      within(sent.destinations, destination ?? 0n) &&
      (port === null ? within(sent.icmpTypes, family === 4 ? 8n : 128n) : within(sent.ports, BigInt(port))),
  );
}

/** What is wrong with the rows, in the light of single packets. */
export function contradictions(rows: readonly Row[], all: readonly Prediction[], world: World): readonly unknown[] {
  return all.flatMap((prediction) => {
    const { probe, reach } = prediction;
    const end = reach.arrived?.stack ?? null;
    // What it sends to itself leaves no stack.
    if (end !== null && end === world.nodes.get(probe.from.node)) return [];
    const found = rowsFor(rows, prediction, world);
    const wrong = (what: string): readonly unknown[] => [
      {
        what,
        probe: [probe.from, probe.to.address, probe.protocol, probe.port],
        why: reach.why,
        found: found.map(said),
      },
    ];
    const { verdict } = reach.there;
    if (verdict === 'unknown')
      return found.every(({ state }) => state !== 'yes') ? [] : wrong('a yes of what is unknown');
    const there = found.filter(({ to }) => to?.stack === end);
    if (end === null) {
      const yes = found.filter(({ state }) => state === 'yes' || state === 'one-way');
      return yes.length === 0 ? [] : wrong('a yes of what does not get there');
    }
    if (there.length === 0) return found.some(({ to }) => to === null) ? [] : wrong('a hole that no row has');
    const states = new Set(there.map(({ state }) => state));
    if (reach.verdict === 'delivered') return states.has('yes') || states.has('unknown') ? [] : wrong('no yes');
    if (reach.verdict === 'unknown') return states.has('unknown') ? [] : wrong('not known, and a row knows');
    return states.has('one-way') || states.has('unknown') ? [] : wrong('a yes without an answer');
  });
}

function said({ state, to, why }: Row): string {
  return `${state} ${to?.node ?? '?'} ${why ?? ''}`;
}
