/** What `nft list ruleset` says and `nft -j` 1.0.6 leaves out: the interfaces of chains on `ingress` and `egress`. */
import type { Json } from '../core/json.ts';
import type { TableView } from '../flow/hostview.ts';

type Listed = Readonly<Record<string, Json>>;

/** @param listing as `nft -a list ruleset` prints it. */
export function withChainDevices(tables: readonly TableView[], listing: string): readonly TableView[] {
  const devices = devicesIn(listing);
  if (devices.size === 0) return tables;
  return tables.map((table) => ({
    ...table,
    objects: table.objects.map((object) => withDevices(object, devices)),
  }));
}

function withDevices(object: Listed, devices: ReadonlyMap<string, readonly string[]>): Listed {
  const chain = object['chain'];
  if (chain === null || typeof chain !== 'object' || Array.isArray(chain)) return object;
  const { family, table, name, dev } = chain as Listed;
  const found = devices.get([family, table, name].map(String).join(' '));
  return dev !== undefined || found === undefined ? object : { chain: { ...(chain as Listed), dev: found } };
}

function devicesIn(listing: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  let [table, chain] = ['', ''];
  for (const line of listing.split('\n')) {
    table = /^table (\S+ \S+) \{/.exec(line)?.[1] ?? table;
    chain = /^\tchain (\S+) \{/.exec(line)?.[1] ?? chain;
    const [, one, several] =
      /^\t\ttype \S+ hook (?:ingress|egress) (?:device "([^"]+)"|devices = \{ ([^}]+) \}) priority /.exec(line) ?? [];
    const names = one === undefined ? several?.split(',').map((each) => each.trim().replaceAll('"', '')) : [one];
    if (names !== undefined) found.set(`${table} ${chain}`, names);
  }
  return found;
}
