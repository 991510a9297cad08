/** The shipped topologies: where each comes up in the lab, with which parameters, and what it still waits for. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export const FOLDER = join(import.meta.dirname, '../../topologies');

export const SHIPPED = readdirSync(FOLDER, { withFileTypes: true })
  .filter((each) => each.isDirectory())
  .map((each) => each.name);

export interface Life {
  /** `any` kernel, a `stock` one with 802.1Q, VLAN filtering and bonding, or none yet. */
  readonly kernel: 'any' | 'stock' | 'none';
  /** As small as it can be without losing a part. */
  readonly set: Readonly<Record<string, string>>;
  /** Kinds that the file as shipped needs and that are not there yet. */
  readonly waitsFor: readonly string[];
}

const anywhere: Life = { kernel: 'any', set: {}, waitsFor: [] };
const stock: Life = { kernel: 'stock', set: {}, waitsFor: [] };

const LIVES: Readonly<Record<string, Life>> = {
  office: anywhere,
  overlay: anywhere,
  'build-farm': anywhere,
  'separated-services': anywhere,
  'mail-filter': anywhere,
  classroom: { ...anywhere, set: { groups: '2' } },
  'tenth-floor': anywhere,
  'app-vlans': stock,
  'satellite-hub': { ...stock, set: { chains: '2', pairs: '2', standby: 'false', machines: '2' } },
  'resource-pool': { ...stock, set: { small: '2', edge: '1', large: '1', batch: '3', interactive: '2', dmz: '2' } },
  // Adverts of 100 ms are too many for a machine that is emulated: there one of its two machines comes up.
  'vgw-cluster': { ...stock, set: { platforms: '3', machines: '1' } },
  'transparent-proxy': anywhere,
};

export function lifeOf(name: string): Life {
  const life = LIVES[name];
  if (life === undefined) throw new Error(`nothing is said of how ${name} comes up: add it to this table`);
  return life;
}

export function shippedFor(kernel: Life['kernel']): readonly string[] {
  return SHIPPED.filter((name) => lifeOf(name).kernel === kernel);
}
