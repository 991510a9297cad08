import type { LineRole, ShapeRole } from './layout/shapes.ts';

/** What the map tells about: everything a little, or one side of the network in full. In the order of their keys, 0 to 5. */
export const LAYERS = [
  { id: 'overview', label: 'Overview', says: 'Everything, with addresses' },
  { id: 'physical', label: 'Physical', says: 'Ports, bonds, cables and interface names' },
  { id: 'l2', label: 'L2', says: 'Bridges, VLAN ids, MAC addresses and MTU' },
  { id: 'l3', label: 'L3', says: 'Subnets, routers and addresses with their prefix' },
  { id: 'nat', label: 'NAT', says: 'Gateways with translation, published ports and policy' },
  { id: 'guests', label: 'Guests', says: 'What runs where, and what it needs' },
] as const;

export type LayerId = (typeof LAYERS)[number]['id'];

export function isLayer(text: string | undefined): text is LayerId {
  return LAYERS.some(({ id }) => id === text);
}

/** Roles of the picture that stand back in a layer: drawn pale, so that the others stand out. */
const BACK: Readonly<Record<LayerId, readonly (ShapeRole | LineRole)[]>> = {
  overview: [],
  physical: [
    'network',
    'bus',
    'segment',
    'guest',
    'gateway',
    'drop',
    'internet',
    'beyond',
    'bypass',
    'underlay',
    'joint',
  ],
  l2: ['internet', 'beyond', 'bypass', 'nic'],
  l3: [],
  nat: ['nic'],
  guests: ['gateway', 'stem', 'internet', 'beyond', 'bypass', 'nic', 'joint'],
};

export function standsBack(layer: LayerId, role: ShapeRole | LineRole): boolean {
  return BACK[layer].includes(role);
}

/** Whether bridges, ports and fabrics are drawn: a packet at layer 3 knows nothing of them. */
export function showsWiring(layer: LayerId): boolean {
  return layer === 'overview' || layer === 'physical' || layer === 'l2';
}
