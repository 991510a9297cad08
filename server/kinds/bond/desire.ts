import type { Bond as ModelBond, BondMode, Host, Model } from '../../flow/model.ts';
import { bondId } from '../link-ids.ts';
import { isForeign, trunk } from '../link-vlans.ts';
import type { Bond } from './resource.ts';

/** Milliseconds. The kernel looks at nothing by default; 100 is what its documentation starts from. */
const MIIMON = 100;
/** Flows to one router all have one MAC at the far end: by MACs alone they would share a port. Still within 802.3ad. */
const DEFAULT_HASH = 'layer2+3';
const HASHING: ReadonlySet<BondMode> = new Set<BondMode>(['balance-xor', '802.3ad', 'balance-tlb']);

export function desireBonds(_model: Model, host: Host): readonly Bond[] {
  return host.bonds.map((bond) => wanted(host, bond));
}

function wanted(host: Host, { device, mode, hash, primary, mac, mtu }: ModelBond): Bond {
  const bridge = host.bridges.find(({ uplinks }) => uplinks.some((each) => each.bond && each.device === device));
  return {
    kind: 'bond',
    id: bondId(device),
    scope: '',
    device,
    mode,
    hash: HASHING.has(mode) ? (hash ?? DEFAULT_HASH) : null,
    primary,
    // Every second instead of every 30: a port whose far end went silent with its carrier up is out after three.
    lacpRate: mode === '802.3ad' ? 'fast' : null,
    miimon: MIIMON,
    mac,
    mtu,
    bridge: bridge?.device ?? null,
    vlans: bridge === undefined ? [] : trunk(bridge),
    foreign: bridge !== undefined && isForeign(bridge),
    up: true,
    marked: true,
  };
}
