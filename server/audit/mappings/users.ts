/** Who may use a mapping: the sources of what the stack lets through to it. */
import type { Span } from '../../reach/rules/ruleset.ts';
import type { Exposure, Exposures } from '../exposure.ts';
import { isWide, spansText } from '../exposure.ts';
import type { LedgerEntry } from './ledger.ts';

export function withUsers(ledger: readonly LedgerEntry[], exposures: Exposures): readonly LedgerEntry[] {
  const usersOf = usersIn(exposures);
  return ledger.map((entry) => {
    if (exposures.partly.has(entry.on.stack.id)) return entry;
    return { ...entry, row: { ...entry.row, allowed: [...new Set(usersOf(entry).map(sourceText))].sort() } };
  });
}

interface OfStack {
  /** By destination and port: those that are about one of each. */
  readonly single: ReadonlyMap<string, readonly Exposure[]>;
  readonly others: readonly Exposure[];
}

/** What each mapping lets through. Most are about one address and port, and are found by it. */
export function usersIn({ list }: Exposures): (entry: LedgerEntry) => readonly Exposure[] {
  const stacks = new Map<string, OfStack>();
  for (const [key, own] of Map.groupBy(list, ({ on, family }) => keyOf(on.stack.id, family))) {
    const keyed = own.map((each) => ({ each, at: singleOf(each.box.destinations, each.box.ports) }));
    const single = Map.groupBy(
      keyed.filter(({ at }) => at !== null),
      ({ at }) => at ?? '',
    );
    stacks.set(key, {
      single: new Map([...single].map(([at, group]) => [at, group.map(({ each }) => each)])),
      others: keyed.filter(({ at }) => at === null).map(({ each }) => each),
    });
  }
  return (entry) => {
    const own = stacks.get(keyOf(entry.on.stack.id, entry.family));
    if (own === undefined) return [];
    const at = entry.addresses === null || entry.ports === null ? null : singleOf([entry.addresses], [entry.ports]);
    const near = at === null ? [...own.single.values()].flat() : (own.single.get(at) ?? []);
    return [...near, ...own.others].filter((each) => leadsTo(each, entry));
  };
}

function keyOf(stack: string, family: 4 | 6): string {
  return `${stack} ${String(family)}`;
}

function singleOf(destinations: readonly Span[], ports: readonly Span[]): string | null {
  const [address, port] = [destinations[0], ports[0]];
  if (destinations.length !== 1 || ports.length !== 1 || address === undefined || port === undefined) return null;
  if (address.first !== address.last || port.first !== port.last) return null;
  return `${String(address.first)} ${String(port.first)}`;
}

function leadsTo({ family, box, destination, translated }: Exposure, entry: LedgerEntry): boolean {
  return (
    family === entry.family &&
    meets(box.destinations, entry.addresses) &&
    meets(box.ports, entry.ports) &&
    (entry.protocol === null || box.protocols.includes(entry.protocol)) &&
    endsAt({ destination, translated }, entry)
  );
}

/** Two mappings of one address and port may be for different sources. */
function endsAt(
  { destination, translated }: Pick<Exposure, 'destination' | 'translated'>,
  { mapping: { to } }: LedgerEntry,
): boolean {
  if (to.type !== 'address') return true;
  if (!translated) return false;
  const one = to.addresses.first === to.addresses.last && !to.keepsHost;
  return !one || destination === null || destination === to.addresses.first;
}

function meets(spans: readonly Span[], wanted: Span | null): boolean {
  return wanted === null || spans.some(({ first, last }) => first <= wanted.last && wanted.first <= last);
}

function sourceText({ family, box, from, outside }: Exposure): string {
  if (isWide(family, box.sources)) return outside ? 'internet' : `whoever comes in by ${from}`;
  return `${spansText(family, box.sources)}${outside ? '' : ` by ${from}`}`;
}
