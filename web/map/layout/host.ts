import type { GraphEdge, GraphNode } from '../../../server/flow/graph.ts';
import { packColumns } from './columns.ts';
import { label, labelWidth } from './text.ts';
import { CARD, GAP, PAD } from './measures.ts';
import type { HostSite, Leaf, PortSite, Tower } from './site.ts';

/** The width of a host and where things stand in it, from its left edge; heights come from the lanes it shares with others. */
export interface HostPlan {
  readonly site: HostSite;
  readonly open: boolean;
  readonly w: number;
  readonly title: string;
  readonly titleWidth: number;
  /** How many leaves stand side by side under a bus. */
  readonly leafColumns: number;
  readonly leafWidth: number;
  readonly leafRows: ReadonlyMap<string, number>;
  readonly towers: readonly PlacedTower[];
  readonly ports: readonly { readonly port: PortSite; readonly x: number; readonly w: number }[];
}

export interface PlacedTower {
  readonly tower: Tower;
  readonly label: string;
  /** Centre, and width of its head. */
  readonly x: number;
  readonly w: number;
  /** Its ports are above it: it begins at the top of the host. */
  readonly underPorts: boolean;
  /** First lane that it is joined to. */
  readonly first: number;
}

const COLUMN_GAP = 14;

/** A name and its first address on the network; the panel has the others. */
export function leafLabel(leaf: Leaf): string {
  return label([leaf.role === 'nic' ? 'host address' : leaf.node.label, addressOn(leaf.node, leaf.edge)]);
}

/** Nodes say their addresses as `10.1.1.10/24 on shop`; edges name their network. */
function addressOn({ facts }: GraphNode, { network }: GraphEdge): string | undefined {
  const words = [facts['addresses'] ?? []].flat().map((address) => String(address).split(' '));
  const here = words.find(([, on, name]) => on === 'on' && name === network);
  return here?.[0]?.replace(/\/\d+$/, '');
}

export function planCard(site: HostSite): HostPlan {
  const count = (n: number, word: string): string => `${String(n)} ${word}${n === 1 ? '' : 's'}`;
  const gateways = site.gatewayCount === 0 ? undefined : count(site.gatewayCount, 'gateway');
  const title = label(
    [
      site.node.label,
      count(site.guestCount, 'guest'),
      [count(site.networks.size, 'network'), gateways].filter(Boolean).join(' · '),
    ],
    30,
  );
  const w = Math.max(CARD.w, labelWidth(title) + 24);
  return {
    site,
    open: false,
    w,
    title,
    titleWidth: w,
    leafColumns: 1,
    leafWidth: 0,
    leafRows: new Map(),
    towers: [],
    ports: [],
  };
}

/** `lane` gives the position of a network from top to bottom; `columns` is how many leaves may stand side by side. */
export function planHost(site: HostSite, lane: (network: string) => number, columns: number): HostPlan {
  const leaves = [...site.cells.values()];
  const leafColumns = Math.min(columns, Math.max(0, ...leaves.map((cell) => cell.length)));
  const leafWidth = Math.max(64, ...leaves.flat().map((leaf) => labelWidth(leafLabel(leaf)) + 18));
  const leafRows = new Map(
    [...site.cells].map(([network, cell]) => [network, Math.ceil(cell.length / Math.max(1, leafColumns))]),
  );

  const title = label([site.node.label], 30);
  const titleWidth = labelWidth(title) + 24;
  let x = PAD + (leafColumns === 0 ? 0 : leafColumns * leafWidth + (leafColumns - 1) * GAP + COLUMN_GAP);
  const towers: PlacedTower[] = [];
  const ports: { port: PortSite; x: number; w: number }[] = [];

  const routers = site.routers.map((tower) => ({ tower, ports: [] as PortSite[], ...spanOf(tower, lane, []) }));
  x = placeColumns(routers, x, towers, ports);
  x = Math.max(x, PAD + titleWidth);

  const portsOf = (tower: Tower): PortSite[] => site.ports.filter((port) => port.uplink?.source === tower.node.id);
  const bridged = site.bridges.map((tower) => ({
    tower,
    ports: portsOf(tower),
    ...spanOf(tower, lane, portsOf(tower)),
  }));
  // Those with ports first, so that the others can stand below one another beside them.
  bridged.sort((a, b) => Number(b.ports.length > 0) - Number(a.ports.length > 0));
  const owned = new Set(bridged.flatMap((each) => each.ports));
  const bare = site.ports
    .filter((port) => !owned.has(port))
    .map((port) => ({ tower: null, ports: [port], first: -1, last: -1, width: portWidth(port) }));
  x = placeColumns([...bridged, ...bare], x, towers, ports);

  const w = Math.max(x - COLUMN_GAP + PAD, titleWidth + 2 * PAD);
  return { site, open: true, w, title, titleWidth, leafColumns, leafWidth, leafRows, towers, ports };
}

interface Standing {
  readonly tower: Tower | null;
  readonly ports: readonly PortSite[];
  readonly first: number;
  readonly last: number;
  readonly width: number;
}

function spanOf(
  tower: Tower,
  lane: (network: string) => number,
  ports: readonly PortSite[],
): { first: number; last: number; width: number } {
  const lanes = tower.joints.map((joint) => lane(joint.network));
  const top = ports.length > 0 || lanes.length === 0;
  const portsWidth = ports.reduce((sum, port) => sum + portWidth(port) + GAP, -GAP);
  return {
    first: top ? -1 : Math.min(...lanes),
    last: Math.max(top ? 0 : -1, ...lanes),
    width: Math.max(labelWidth(towerLabel(tower)) + 20, portsWidth),
  };
}

function placeColumns(
  items: readonly Standing[],
  from: number,
  towers: PlacedTower[],
  ports: { port: PortSite; x: number; w: number }[],
): number {
  const { column, widths } = packColumns(items);
  const lefts = widths.map(
    (_, index) => from + widths.slice(0, index).reduce((sum, width) => sum + width + COLUMN_GAP, 0),
  );
  items.forEach((item, index) => {
    const at = column[index] ?? 0;
    const centre = (lefts[at] ?? 0) + (widths[at] ?? 0) / 2;
    if (item.tower) {
      const text = towerLabel(item.tower);
      towers.push({
        tower: item.tower,
        label: text,
        x: centre,
        w: labelWidth(text) + 20,
        underPorts: item.first === -1,
        first: item.first,
      });
    }
    const total = item.ports.reduce((sum, port) => sum + portWidth(port) + GAP, -GAP);
    let left = centre - total / 2;
    for (const port of item.ports) {
      const w = portWidth(port);
      ports.push({ port, x: left + w / 2, w });
      left += w + GAP;
    }
  });
  return from + widths.reduce((sum, width) => sum + width + COLUMN_GAP, 0);
}

function towerLabel(tower: Tower): string {
  return label([tower.node.label], 18);
}

export function portLabel(port: PortSite): string {
  return label([port.node.label], 16);
}

function portWidth(port: PortSite): number {
  return labelWidth(portLabel(port)) + 14;
}
