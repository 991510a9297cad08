/** Rows between two ends → one cell of the policy matrix. */
import { compareNames, foldServices, isEverything } from './policy-words.ts';
import { familiesOf } from './policy-ends.ts';
import type { Model } from '../flow/model.ts';
import type { World } from '../flow/world.ts';
import { NODE_ID } from '../model/graph/ids.ts';
import type { Names, PolicyCell, PolicyFlow, PolicyRow } from './policy-shapes.ts';

const MOST_FLOWS = 30;
const MOST_NAMES = 12;
const MOST_SERVICES = 12;
const ORDER = ['yes', 'one-way', 'unknown', 'refused'] as const;

export interface Around {
  readonly model: Model;
  readonly world: World;
}

export function cellOf(from: string, to: string, rows: readonly PolicyRow[], around: Around): PolicyCell {
  const flows = flowsOf(rows);
  const open = rows.filter(({ state }) => state === 'yes' || state === 'one-way');
  const verdict = open.length === 0 ? 'unknown' : isAllOpen(to, open, around) ? 'all' : 'some';
  return {
    ...{ from, to, verdict, flows: flows.slice(0, MOST_FLOWS), more: Math.max(0, flows.length - MOST_FLOWS) },
    services: shortened(foldServices((open.length === 0 ? rows : open).flatMap(({ services }) => services))),
  };
}

function shortened(services: readonly string[]): readonly string[] {
  const rest = services.length - MOST_SERVICES;
  return rest > 0 ? [...services.slice(0, MOST_SERVICES), `and ${String(rest)} more`] : services;
}

/** Rows that differ in who sends and who gets it alone are one flow. */
function flowsOf(rows: readonly PolicyRow[]): readonly PolicyFlow[] {
  const alike = ({ state, why, by, sentTo, services }: PolicyRow): string =>
    JSON.stringify([state, why, by, sentTo, services]);
  const ofOnePair = [
    ...Map.groupBy(rows, (row) => JSON.stringify([row.from, row.to, alike({ ...row, services: [] })])),
  ];
  const whole = ofOnePair.flatMap(([, [first, ...more]]): readonly PolicyRow[] =>
    first === undefined
      ? []
      : [{ ...first, services: foldServices([first, ...more].flatMap(({ services }) => services)) }],
  );
  const flows = [...Map.groupBy(whole, alike).values()].flatMap((group): readonly PolicyFlow[] => {
    const [first] = group;
    if (first === undefined) return [];
    return [
      {
        ...first,
        services: shortened(first.services),
        from: namesOf(group.map((row) => row.from)),
        to: namesOf(group.map((row) => row.to)),
        sentTo: first.sentTo.length === 0 ? null : namesOf(first.sentTo),
        on: [...new Set(group.slice(0, MOST_NAMES).flatMap(({ on }) => on))],
      },
    ];
  });
  return flows.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
}

function namesOf(list: readonly string[]): Names {
  const names = [...new Set(list.map((each) => each.replace(/^temporary@(.*)$/, 'anybody on $1')))].sort(compareNames);
  return { names: names.slice(0, MOST_NAMES), more: Math.max(0, names.length - MOST_NAMES) };
}

/** From each that sends to each that is there, by a family that both have. Whoever is gone through a translation is not reached itself. */
function isAllOpen(to: string, open: readonly PolicyRow[], { model, world }: Around): boolean {
  const direct = open.filter(({ state, sentTo }) => state === 'yes' && sentTo.length === 0);
  const pairs = Map.groupBy(direct, (row) => JSON.stringify([row.from, row.to]));
  if (![...pairs.values()].every((rows) => isEverything(rows.flatMap(({ services }) => services)))) return false;
  const senders = new Set(open.map(({ from }) => from));
  const receivers = receiversOn(to, model, world);
  return [...senders].every((from) =>
    receivers.every(
      (each) => each === from || !sharesFamily(world, from, each) || pairs.has(JSON.stringify([from, each])),
    ),
  );
}

function receiversOn(to: string, model: Model, world: World): readonly string[] {
  const on = (nics: readonly { readonly network: string }[]): boolean =>
    nics.some(({ network }) => NODE_ID.network(network) === to);
  const named = [...model.guests.values(), ...model.hosts.values()]
    .filter(({ nics }) => on(nics))
    .map(({ name }) => name);
  if (named.length > 0) return named.filter((name) => world.nodes.has(name));
  return [];
}

function sharesFamily(world: World, one: string, other: string): boolean {
  const families = familiesOf(world, one);
  return one === 'internet' || familiesOf(world, other).some((family) => families.includes(family));
}
