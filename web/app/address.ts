/** Where somebody is on the page, as the address of the page has it: a link that is passed on opens the same. */
export interface Address {
  /** As the API calls it; `null`: the first one. */
  readonly topology: string | null;
  readonly mode: string | null;
  /** Id of the node or edge. */
  readonly chosen: string | null;
  /** Hosts that are drawn otherwise (open or collapsed) than they are at first. */
  readonly toggled: readonly string[];
  /** What the modes and the map keep, by name. */
  readonly kept: Readonly<Record<string, string>>;
}

const OWN = ['topology', 'mode', 'chosen', 'toggled'];

/** `?topology=office.yaml&mode=packet&chosen=guest:web1` → an Address. What is not there is at its default. */
export function parseAddress(search: string): Address {
  const query = new URLSearchParams(search);
  return {
    topology: query.get('topology'),
    mode: query.get('mode'),
    chosen: query.get('chosen'),
    toggled: query.getAll('toggled'),
    kept: Object.fromEntries([...query].filter(([name]) => !OWN.includes(name))),
  };
}

/** The other way round; `''` where everything is at its default. */
export function formatAddress({ topology, mode, chosen, toggled, kept }: Address): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ topology, mode, chosen })) if (value !== null) query.set(name, value);
  for (const host of toggled) query.append('toggled', host);
  for (const [name, value] of Object.entries(kept)) query.set(name, value);
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** What of an address a saved view keeps: all but the topology, which it belongs to. */
export function viewAddress(search: string): string {
  return formatAddress({ ...parseAddress(search), topology: null }).replace(/^\?/, '');
}

/** What the map keeps begins with `map.`, and stays when a mode is left. */
export function mapOnly(kept: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(kept).filter(([name]) => name.startsWith('map.')));
}
