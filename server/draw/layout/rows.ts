import {
  CARD,
  DROP,
  FABRIC,
  GAP,
  HEADER,
  HEAD_ROOM,
  HOST_GAP,
  LEAF,
  LEAST_PITCH,
  PAD,
  PLAIN_ROOM,
  ROW_GAP,
  STAGE,
} from './measures.ts';
import type { GraphNode } from '../../flow/graph.ts';
import type { PlacedFabric } from './fabrics.ts';
import { planFabrics } from './fabrics.ts';
import type { HostPlan } from './host.ts';
import { planCard, planHost } from './host.ts';
import type { Site } from './site.ts';

/** A row of hosts side by side, and the lanes that its open hosts share. Heights are from the top of the row. */
export interface Row {
  readonly hosts: readonly { readonly plan: HostPlan; readonly x: number }[];
  readonly lanes: ReadonlyMap<string, Lane>;
  readonly fabrics: readonly PlacedFabric[];
  /** Where hosts begin, below the fabrics. */
  readonly top: number;
  /** Height of the open hosts. */
  readonly hostHeight: number;
  readonly w: number;
  readonly h: number;
}

export interface Lane {
  /** Where the bus runs. */
  readonly y: number;
  /** Room above the bus, where heads begin. */
  readonly room: number;
}

const MOST_ROWS = 40;
const MOST_COLUMNS = 8;

/** The rows that fill the stage best: all numbers of rows and of leaves side by side are tried, the first best one is taken. */
export function chooseRows(site: Site, open: ReadonlySet<string>, leftWidth: number, above: number): readonly Row[] {
  const lane = new Map(site.networks.map((network, index) => [network.id, index]));
  const laneOf = (network: string): number => lane.get(network) ?? 0;
  const order = [...lane.keys()];

  let best: { rows: readonly Row[]; scale: number } | undefined;
  const anyOpen = site.hosts.some((host) => open.has(host.node.id));
  for (let columns = 1; columns <= (anyOpen ? MOST_COLUMNS : 1); columns += 1) {
    const plans = evenCards(
      site.hosts.map((host) => (open.has(host.node.id) ? planHost(host, laneOf, columns) : planCard(host))),
    );
    for (let count = 1; count <= Math.min(MOST_ROWS, Math.max(1, plans.length)); count += 1) {
      const rows = splitRows(plans, count).map((members) => planRow(members, order, site.fabrics));
      const w = leftWidth + Math.max(0, ...rows.map((row) => row.w));
      const h = rows.reduce((sum, row) => sum + row.h + ROW_GAP, above);
      const scale = Math.min(STAGE.w / w, STAGE.h / h);
      if (!best || scale > best.scale * 1.0001) best = { rows, scale };
    }
  }
  return best?.rows ?? [];
}

/** Cards are all as wide as the widest, so that rows of them line up. */
function evenCards(plans: readonly HostPlan[]): readonly HostPlan[] {
  const w = Math.max(0, ...plans.filter((plan) => !plan.open).map((plan) => plan.w));
  return plans.map((plan) => (plan.open ? plan : { ...plan, w }));
}

/** Neighbours stay neighbours; the narrowest width is taken that needs no more rows than that. */
function splitRows(plans: readonly HostPlan[], count: number): HostPlan[][] {
  let tooNarrow = 0;
  let enough = plans.reduce((sum, plan) => sum + plan.w + HOST_GAP, 0);
  while (enough - tooNarrow > 1) {
    const middle = (tooNarrow + enough) / 2;
    if (fillRows(plans, middle).length <= count) enough = middle;
    else tooNarrow = middle;
  }
  return fillRows(plans, enough);
}

function fillRows(plans: readonly HostPlan[], width: number): HostPlan[][] {
  const rows: HostPlan[][] = [];
  let used = Infinity;
  for (const plan of plans) {
    if (used + plan.w + HOST_GAP > width) {
      rows.push([]);
      used = 0;
    }
    rows.at(-1)?.push(plan);
    used += plan.w + HOST_GAP;
  }
  return rows;
}

function planRow(plans: readonly HostPlan[], networks: readonly string[], fabricNodes: readonly GraphNode[]): Row {
  let x = 0;
  const hosts = plans.map((plan) => {
    const at = x;
    x += plan.w + HOST_GAP;
    return { plan, x: at };
  });
  const fabrics = planFabrics(hosts, fabricNodes);
  const top = fabrics.length === 0 ? 0 : Math.max(...fabrics.map((fabric) => fabric.y)) + FABRIC / 2 + 34;

  const openPlans = plans.filter((plan) => plan.open);
  const lanes = new Map<string, Lane>();
  let y = top + HEADER + PAD;
  let below = 0;
  networks.forEach((network, index) => {
    const members = openPlans.filter((plan) => plan.site.networks.has(network));
    if (members.length === 0) return;
    const headsBegin = lanes.size === 0 || members.some((plan) => plan.towers.some((tower) => tower.first === index));
    const room = headsBegin ? HEAD_ROOM : PLAIN_ROOM;
    const pitch = lanes.size === 0 ? room : Math.max(LEAST_PITCH, below + room);
    y += pitch;
    lanes.set(network, { y, room });
    const leafRows = Math.max(...members.map((plan) => plan.leafRows.get(network) ?? 0));
    below = leafRows === 0 ? 0 : DROP + leafRows * (LEAF + GAP);
  });
  const headsOnly = lanes.size === 0 && openPlans.some((plan) => plan.towers.length > 0) ? HEAD_ROOM : 0;
  const hostHeight = openPlans.length === 0 ? 0 : y + Math.max(below, PAD) + headsOnly + PAD / 2 - top;

  const cards = plans.some((plan) => !plan.open) ? CARD.h : 0;
  return {
    hosts,
    lanes,
    fabrics,
    top,
    hostHeight,
    w: Math.max(0, x - HOST_GAP),
    h: top + Math.max(hostHeight, cards),
  };
}
