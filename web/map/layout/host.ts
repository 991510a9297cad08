import type { LayerId } from '../layers.ts';
import { packColumns } from './columns.ts';
import { cardLabel, jointLabel, leafLabel, portLabel, towerLabel } from './labels.ts';
import { label, labelWidth } from './text.ts';
import { CARD, GAP, PAD } from './measures.ts';
import type { HostSite, PortSite, Tower } from './site.ts';

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

export function planCard(site: HostSite): HostPlan {
  const title = cardLabel(site);
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
  const leafWidth = Math.max(64, ...leaves.flat().map((leaf) => labelWidth(leafLabel(leaf, site.layer)) + 18));
  const leafRows = new Map(
    [...site.cells].map(([network, cell]) => [network, Math.ceil(cell.length / Math.max(1, leafColumns))]),
  );

  const title = label([site.node.label], 30);
  const titleWidth = labelWidth(title) + 24;
  let x = PAD + (leafColumns === 0 ? 0 : leafColumns * leafWidth + (leafColumns - 1) * GAP + COLUMN_GAP);
  const towers: PlacedTower[] = [];
  const ports: { port: PortSite; x: number; w: number }[] = [];

  const routers = site.routers.map((tower) => ({
    tower,
    ports: [] as PortSite[],
    ...spanOf(tower, site.layer, lane, []),
  }));
  x = placeColumns(routers, site.layer, x, towers, ports);
  x = Math.max(x, PAD + titleWidth);

  const portsOf = (tower: Tower): PortSite[] => site.ports.filter((port) => port.uplink?.source === tower.node.id);
  const bridged = site.bridges.map((tower) => ({
    tower,
    ports: portsOf(tower),
    ...spanOf(tower, site.layer, lane, portsOf(tower)),
  }));
  // Those with ports first, so that the others can stand below one another beside them.
  bridged.sort((a, b) => Number(b.ports.length > 0) - Number(a.ports.length > 0));
  const owned = new Set(bridged.flatMap((each) => each.ports));
  const bare = site.ports
    .filter((port) => !owned.has(port))
    .map((port) => ({ tower: null, ports: [port], first: -1, last: -1, width: portWidth(port, site.layer), trail: 0 }));
  x = placeColumns([...bridged, ...bare], site.layer, x, towers, ports);

  const w = Math.max(x - COLUMN_GAP + PAD, titleWidth + 2 * PAD);
  return { site, open: true, w, title, titleWidth, leafColumns, leafWidth, leafRows, towers, ports };
}

interface Standing {
  readonly tower: Tower | null;
  readonly ports: readonly PortSite[];
  readonly first: number;
  readonly last: number;
  readonly width: number;
  /** Room at the right of its middle for what is written beside its joints. */
  readonly trail: number;
}

/** Text beside joints is smaller than that in shapes. */
export const BESIDE = 0.88;

function spanOf(
  tower: Tower,
  layer: LayerId,
  lane: (network: string) => number,
  ports: readonly PortSite[],
): Pick<Standing, 'first' | 'last' | 'width' | 'trail'> {
  const lanes = tower.joints.map((joint) => lane(joint.network));
  const top = ports.length > 0 || lanes.length === 0;
  const portsWidth = ports.reduce((sum, port) => sum + portWidth(port, layer) + GAP, -GAP);
  const beside = Math.max(0, ...tower.joints.map(({ edge }) => labelWidth(jointLabel(tower, edge, layer))));
  return {
    first: top ? -1 : Math.min(...lanes),
    last: Math.max(top ? 0 : -1, ...lanes),
    width: Math.max(labelWidth(towerLabel(tower, layer)) + 20, portsWidth),
    trail: beside === 0 ? 0 : beside * BESIDE + 14,
  };
}

function placeColumns(
  items: readonly Standing[],
  layer: LayerId,
  from: number,
  towers: PlacedTower[],
  ports: { port: PortSite; x: number; w: number }[],
): number {
  const { column, widths: heads } = packColumns(items);
  const widths = heads.map((head, at) => {
    const trails = items.map(({ trail }, index) => (column[index] === at ? trail : 0));
    return Math.max(head, head / 2 + Math.max(...trails));
  });
  const lefts = widths.map(
    (_, index) => from + widths.slice(0, index).reduce((sum, width) => sum + width + COLUMN_GAP, 0),
  );
  items.forEach((item, index) => {
    const at = column[index] ?? 0;
    const centre = (lefts[at] ?? 0) + (heads[at] ?? 0) / 2;
    if (item.tower) {
      const text = towerLabel(item.tower, layer);
      towers.push({
        tower: item.tower,
        label: text,
        x: centre,
        w: labelWidth(text) + 20,
        underPorts: item.first === -1,
        first: item.first,
      });
    }
    const total = item.ports.reduce((sum, port) => sum + portWidth(port, layer) + GAP, -GAP);
    let left = centre - total / 2;
    for (const port of item.ports) {
      const w = portWidth(port, layer);
      ports.push({ port, x: left + w / 2, w });
      left += w + GAP;
    }
  });
  return from + widths.reduce((sum, width) => sum + width + COLUMN_GAP, 0);
}

function portWidth(port: PortSite, layer: LayerId): number {
  return labelWidth(portLabel(port, layer)) + 14;
}
