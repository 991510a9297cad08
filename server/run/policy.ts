/**
 * Stage: a model → who can reach whom, network by network, with internet and the gateways: what `reach --from` says of everybody
 * who may send, gathered into cells.
 */
import { endpointText } from '../core/endpoint-text.ts';
import type { Model } from '../flow/model.ts';
import type { StackId, World } from '../flow/world.ts';
import { servicesOf } from '../reach/changes/services.ts';
import type { Row } from '../reach/questions/row.ts';
import type { Decider } from '../reach/walk/answer.ts';
import type { Costly } from './in-turns.ts';
import { inTurns } from './in-turns.ts';
import type { Lines } from './hop-text.ts';
import { deciderText, linesOf } from './hop-text.ts';
import { mapIdOf } from './map-id.ts';
import { cellOf } from './policy-cells.ts';
import type { PolicyEnds } from './policy-ends.ts';
import type { By, Policy, PolicyRow } from './policy-shapes.ts';
import { policyEnds } from './policy-ends.ts';
import { askMany, manyPlan, spanText } from './questions.ts';
import { wantedWorld } from './worlds.ts';

/** Senders that are followed; where there are more, some of each network. */
const MOST_SENDERS = 400;
/** Published ports of one guest that are followed from each sender; a cell lists fewer. */
const MOST_ALIKE = 20;
/** After so many packets that were followed, no further sender is. */
const MOST_PACKETS = 10_000;
/** What is sorted out costs a part of one that is followed. */
const OF_A_PACKET = 1 / 5;

export function policyOf(model: Model): Policy {
  const world = wantedWorld(model, { plan: manyPlan(model) });
  const ends = policyEnds(model, world);
  const telling: Telling = { model, world, ends, lines: linesOf(model) };
  const { groups, left } = sendersOf(telling);
  const followed = inTurns(groups, MOST_PACKETS, (from): Followed => {
    const { rows, notes: own, left: alike } = askMany(model, world, { from, to: null, mostAlike: MOST_ALIKE });
    const placed = rows.flatMap((row) => placedIn(row, telling));
    return { placed, notes: own, left: alike, cost: rows.length + alike * OF_A_PACKET };
  });
  const cells = Map.groupBy(
    followed.answers.flatMap(({ placed }) => placed),
    ({ key }) => key,
  );
  const notes = [
    ...leftNotes(left + followed.left, Math.max(0, ...followed.answers.map((answer) => answer.left))),
    ...new Set(followed.answers.flatMap((answer) => answer.notes)),
  ];
  return {
    ...{ from: ends.from, to: ends.to, notes },
    cells: [...cells.values()].flatMap((list) => {
      const [first] = list;
      const rows = list.map(({ row }) => row);
      return first === undefined ? [] : [cellOf(first.from, first.to, rows, { model, world })];
    }),
  };
}

function leftNotes(senders: number, ports: number): readonly string[] {
  return [
    ...(senders === 0
      ? []
      : [`${String(senders)} of the senders were not followed: some of each network stand for the others`]),
    ...(ports === 0
      ? []
      : [
          `${String(ports)} of the published ports were not followed: ${String(MOST_ALIKE)} of each guest stand for the others`,
        ]),
  ];
}

interface Followed extends Costly {
  readonly placed: readonly Placed[];
  readonly notes: readonly string[];
  readonly left: number;
}

interface Telling {
  readonly model: Model;
  readonly world: World;
  readonly ends: PolicyEnds;
  readonly lines: Lines;
}

/** By the networks that they are on. */
function sendersOf({ model, world }: Telling): {
  readonly groups: readonly (readonly StackId[])[];
  readonly left: number;
} {
  const all = [...world.stacks.values()]
    .filter(({ node, sort }) => sort === 'internet' || sort === 'temporary' || isMember(model, node))
    .map(({ id, node, sort }) => ({ id, group: sort === 'internet' ? '' : networksOf(model, node) }));
  const groups = [...Map.groupBy(all, ({ group }) => group).values()].map((group) => group.map(({ id }) => id));
  if (all.length <= MOST_SENDERS) return { groups, left: 0 };
  const each = Math.max(1, Math.floor(MOST_SENDERS / groups.length));
  const some = groups.map((group) => group.slice(0, each));
  return { groups: some, left: all.length - some.flat().length };
}

function isMember({ guests, hosts }: Model, node: string): boolean {
  return guests.has(node) || (hosts.get(node)?.nics.length ?? 0) > 0;
}

function networksOf({ guests, hosts }: Model, node: string): string {
  const nics = guests.get(node)?.nics ?? hosts.get(node)?.nics ?? [];
  return nics.length === 0 ? node : nics.map(({ network }) => network).join(' ');
}

interface Placed {
  readonly from: string;
  readonly to: string;
  /** Of both. */
  readonly key: string;
  readonly row: PolicyRow;
}

function placedIn(row: Row, telling: Telling): readonly Placed[] {
  const { model, ends } = telling;
  if (row.to === null) return [];
  const placed: Placed[] = [];
  const made = rowOf(row, row.to.node, telling);
  for (const from of ends.of(row.from.node, row.family, row.sources))
    for (const to of ends.of(row.to.node, row.family, row.arriving.destinations)) {
      // Whom an address of a gateway hands on to, is a matter of whom it hands it to.
      if (from === mapIdOf(model, row.to.node) && row.to.node === row.from.node) continue;
      placed.push({ from, to, key: `${from}\n${to}`, row: made });
    }
  return placed;
}

function rowOf(row: Row, to: string, { model, lines }: Telling): PolicyRow {
  const { from, family, sent, through, rule, state, why, witness, path } = row;
  const translations = through.map(({ node, before, rule: by }) => publishedBy(model, node, before) ?? byOf(by, lines));
  const by = [...translations, byOf(rule, lines)].filter((each) => each !== null);
  return {
    ...{ from: from.node, to, state, why, services: servicesOf(sent) },
    sentTo: through.length === 0 ? [] : sent.destinations.map((each) => spanText(family, each)),
    by: by.filter(({ text }, at) => by.findIndex((each) => each.text === text) === at),
    // Nobody else knows of those who were put there to ask.
    example: to.startsWith('temporary@') ? null : exampleOf(from.node, witness),
    on: [...new Set(path.map((node) => mapIdOf(model, node)))],
  };
}

function exampleOf(node: string, { protocol, source, destination, port, echo }: Row['witness']): PolicyRow['example'] {
  if (port === null && !echo) return null;
  const service = port === null ? protocol : `${String(port)}/${protocol}`;
  return /^(\d+\/(tcp|udp)|icmp)$/.test(service) ? { from: senderText(node, source), to: destination, service } : null;
}

/** Who was put there to ask has no name that others know. */
function senderText(node: string, source: string): string {
  return node.startsWith('temporary@') ? node.replace('temporary@', '') : source;
}

function publishedBy(
  { gateways }: Model,
  node: string,
  { address, port }: { readonly address: string | null; readonly port: number | null },
): By | null {
  if (address === null) return null;
  for (const { publishes } of gateways.values())
    for (const { listen, ports, text, place } of publishes)
      if (listen === address && port !== null && port >= ports.first && port <= ports.last)
        return { text: `${text} (${endpointText(address, port)} at ${node})`, place };
  return null;
}

function byOf(by: Decider | null, lines: Lines): By | null {
  if (by === null) return null;
  const place = by.type === 'rule' && by.id !== null ? (lines.get(by.id) ?? null) : null;
  return { text: by.type === 'rule' && place !== null ? by.text : deciderText(by, lines), place };
}
