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

export function policyOf(model: Model): Policy {
  const world = wantedWorld(model, { plan: manyPlan(model) });
  const ends = policyEnds(model, world);
  const telling: Telling = { model, world, ends, lines: linesOf(model) };
  const { senders, left } = sendersOf(telling);
  const notes = new Set(
    left === 0 ? [] : [`${String(left)} of the senders were not followed: some of each network stand for the others`],
  );
  const cells = new Map<string, PolicyRow[]>();
  for (const from of senders) {
    const answer = askMany(model, world, { from, to: null });
    for (const note of answer.notes) notes.add(note);
    for (const row of answer.rows) put(cells, row, telling);
  }
  return {
    ...{ from: ends.from, to: ends.to, notes: [...notes] },
    cells: [...cells].map(([key, rows]) => {
      const [from = '', to = ''] = key.split('\n');
      return cellOf(from, to, rows, { model, world });
    }),
  };
}

interface Telling {
  readonly model: Model;
  readonly world: World;
  readonly ends: PolicyEnds;
  readonly lines: Lines;
}

function sendersOf({ model, world }: Telling): { readonly senders: readonly StackId[]; readonly left: number } {
  const all = [...world.stacks.values()]
    .filter(({ node, sort }) => sort === 'internet' || sort === 'temporary' || isMember(model, node))
    .map(({ id, node, sort }) => ({ id, group: sort === 'internet' ? '' : networksOf(model, node) }));
  if (all.length <= MOST_SENDERS) return { senders: all.map(({ id }) => id), left: 0 };
  const groups = [...Map.groupBy(all, ({ group }) => group).values()];
  const each = Math.max(1, Math.floor(MOST_SENDERS / groups.length));
  const senders = groups.flatMap((group) => group.slice(0, each).map(({ id }) => id));
  return { senders, left: all.length - senders.length };
}

function isMember({ guests, hosts }: Model, node: string): boolean {
  return guests.has(node) || (hosts.get(node)?.nics.length ?? 0) > 0;
}

function networksOf({ guests, hosts }: Model, node: string): string {
  const nics = guests.get(node)?.nics ?? hosts.get(node)?.nics ?? [];
  return nics.length === 0 ? node : nics.map(({ network }) => network).join(' ');
}

function put(cells: Map<string, PolicyRow[]>, row: Row, telling: Telling): void {
  const { model, ends } = telling;
  if (row.to === null) return;
  const made = rowOf(row, row.to.node, telling);
  for (const from of ends.of(row.from.node, row.family, row.sources))
    for (const to of ends.of(row.to.node, row.family, row.arriving.destinations)) {
      // Whom an address of a gateway hands on to, is a matter of whom it hands it to.
      if (from === mapIdOf(model, row.to.node) && row.to.node === row.from.node) continue;
      const key = `${from}\n${to}`;
      const list = cells.get(key);
      if (list === undefined) cells.set(key, [made]);
      else list.push(made);
    }
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
