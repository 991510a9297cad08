/**
 * What becomes of every object of a snapshot: it is said in the file, it is listed as what the file does not say, or the kernel
 * makes it by itself. The ledger is opened with all objects there are, so that none can get lost on the way.
 */
import { visibleText } from '../core/visible-text.ts';
import type { LinkView, TableView } from '../flow/hostview.ts';
import type { Snapshot } from '../flow/snapshot.ts';

export interface Unexpressed {
  /** `interface eth0`, `table ip nat, chain pre, rule 4`: as text that is safe to show. */
  readonly place: string;
  readonly reason: string;
}

export type Outcome =
  | { readonly type: 'file'; readonly where: string }
  | { readonly type: 'listed'; readonly reason: string }
  | { readonly type: 'kernel' };

export interface Ledger {
  /** The first word on an object stands. */
  inFile(key: string, where: string): void;
  list(key: string, reason: string): void;
  kernel(key: string): void;
  isOpen(key: string): boolean;
  /** In the order in which the snapshot has them; what nobody spoke for is listed. */
  entries(): readonly { readonly key: string; readonly place: string; readonly outcome: Outcome }[];
}

export const linkKey = (link: LinkView): string => `link ${String(link.index)}`;
export const addressKey = (link: LinkView, at: number): string => `address ${String(link.index)} ${String(at)}`;
export const routeKey = (at: number): string => `route ${String(at)}`;
export const ruleKey = (at: number): string => `rule ${String(at)}`;
export const tableKey = (table: TableView): string => `table ${table.family} ${table.name}`;
export const objectKey = (table: TableView, at: number): string => `${tableKey(table)} ${String(at)}`;
export const lineKey = (file: string, at: number): string => `line ${file} ${String(at)}`;

const UNSPOKEN = 'topology files have no word for it';

/** @param lines rules of `iptables-save` that stand in no nft table, by key. */
export function openLedger(snapshot: Snapshot, lines: ReadonlyMap<string, string>): Ledger {
  const places = new Map([...placesOf(snapshot), ...lines]);
  const outcomes = new Map<string, Outcome>();
  const settle = (key: string, outcome: Outcome): void => {
    if (!places.has(key)) throw new TypeError(`no object ${key} in the snapshot`);
    if (!outcomes.has(key)) outcomes.set(key, outcome);
  };
  return {
    inFile: (key, where) => {
      settle(key, { type: 'file', where });
    },
    list: (key, reason) => {
      settle(key, { type: 'listed', reason: visibleText(reason) });
    },
    kernel: (key) => {
      settle(key, { type: 'kernel' });
    },
    isOpen: (key) => !outcomes.has(key),
    entries: () =>
      [...places].map(([key, place]) => ({
        key,
        place: visibleText(place),
        outcome: outcomes.get(key) ?? { type: 'listed', reason: UNSPOKEN },
      })),
  };
}

/** Every object of a snapshot, by key. */
export function placesOf({ host }: Snapshot): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  for (const link of host.links.values()) {
    places.set(linkKey(link), `interface ${link.name}`);
    link.addresses.forEach(({ address }, at) => places.set(addressKey(link, at), `address ${address} on ${link.name}`));
  }
  host.routes.forEach(({ to, via, device, table, type }, at) => {
    const way = [via === null ? '' : ` via ${via}`, device === null ? '' : ` on ${device}`].join('');
    const sort = type === 'unicast' ? '' : `${type} `;
    places.set(routeKey(at), `route ${sort}${to}${way}${table === 'main' ? '' : ` in table ${table}`}`);
  });
  host.rules.forEach(({ family, priority, from, table }, at) => {
    const what = `from ${from ?? 'anywhere'}${table === null ? '' : ` to table ${table}`}`;
    places.set(ruleKey(at), `IPv${String(family)} rule ${String(priority)} ${what}`);
  });
  for (const table of host.tables) {
    places.set(tableKey(table), `table ${table.family} ${table.name}`);
    table.objects.forEach((object, at) => places.set(objectKey(table, at), objectPlace(table, object)));
  }
  return places;
}

function objectPlace({ family, name }: TableView, object: TableView['objects'][number]): string {
  const [type = 'object', body] = Object.entries(object)[0] ?? [];
  const fields = typeof body === 'object' && body !== null ? (body as { readonly [key: string]: unknown }) : {};
  const text = (key: string): string => {
    const value = fields[key];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const at = `table ${family} ${name}`;
  return type === 'rule' ? `${at}, chain ${text('chain')}, rule ${text('handle')}` : `${at}, ${type} ${text('name')}`;
}
