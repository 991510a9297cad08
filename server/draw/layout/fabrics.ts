import type { GraphNode } from '../../flow/graph.ts';
import { packColumns } from './columns.ts';
import type { HostPlan } from './host.ts';
import { FABRIC, GAP } from './measures.ts';
import { label, labelWidth } from './text.ts';

/** A fabric above a row of hosts: from the first to the last port that is wired to it, on one of few levels. */
export interface PlacedFabric {
  readonly id: string;
  readonly label: string;
  /** From the left end of the row. */
  readonly from: number;
  readonly to: number;
  /** Centre, from the top of the row. */
  readonly y: number;
}

const OVERHANG = 26;

/** Where the cables of a host go up, by fabric: at its ports; a collapsed host has one a fabric. */
export function cablesOf(plan: HostPlan): ReadonlyMap<string, readonly number[]> {
  const cables = new Map<string, number[]>();
  if (plan.open) {
    for (const { port, x } of plan.ports) {
      for (const wire of port.wires) cables.set(wire.target, [...(cables.get(wire.target) ?? []), x]);
    }
    return cables;
  }
  const fabrics = [...new Set(plan.site.ports.flatMap((port) => port.wires.map((wire) => wire.target)))];
  return new Map(fabrics.map((fabric, index) => [fabric, [(plan.w * (index + 1)) / (fabrics.length + 1)]]));
}

export function planFabrics(
  hosts: readonly { readonly plan: HostPlan; readonly x: number }[],
  fabrics: readonly GraphNode[],
): readonly PlacedFabric[] {
  const cables = hosts.map(({ plan, x }) => ({ x, cables: cablesOf(plan) }));
  const bars = fabrics.flatMap((fabric) => {
    const here = cables.flatMap((host) => (host.cables.get(fabric.id) ?? []).map((cable) => host.x + cable));
    if (here.length === 0) return [];
    const text = label([`fabric ${fabric.label}`]);
    const [first, last] = [Math.min(...here), Math.max(...here)];
    const w = Math.max(last - first + 2 * OVERHANG, labelWidth(text) + 16);
    const from = (first + last - w) / 2;
    return [{ id: fabric.id, label: text, from, to: from + w }];
  });
  const levels = packColumns(bars.map((bar) => ({ first: bar.from, last: bar.to + GAP, width: FABRIC }))).column;
  return bars.map((bar, index) => ({ ...bar, y: (levels[index] ?? 0) * (FABRIC + GAP) + FABRIC / 2 }));
}
