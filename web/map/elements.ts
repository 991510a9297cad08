import type { ElementDefinition } from 'cytoscape';
import type { LayerId } from './layers.ts';
import { standsBack } from './layers.ts';
import type { MapLayout, ShapeRole } from './layout/shapes.ts';
import { textWidth } from './layout/text.ts';
import type { Palette } from './palette.ts';

/** What can be taken hold of: a host by its name, so that its box still moves the map. */
const HELD = new Set<ShapeRole>(['card', 'title', 'guest', 'gateway']);
const LARGEST_FAR = 30;

/** The layout in cytoscape's terms. What styles need lies in `data`; roles are classes. */
export function elementsOf(
  layout: MapLayout,
  palette: Palette,
  ground: { readonly line: string; readonly soft: string },
  layer: LayerId,
): ElementDefinition[] {
  const tone = (network: string | undefined): { color: string; soft: string } => {
    const { line, soft } = (network === undefined ? undefined : palette.get(network)) ?? ground;
    return { color: line, soft };
  };
  const nodes = layout.shapes.map((shape): ElementDefinition => ({
    group: 'nodes',
    classes: standsBack(layer, shape.role) ? `${shape.role} back` : shape.role,
    grabbable: HELD.has(shape.role),
    data: {
      id: shape.id,
      subject: shape.subject,
      label: shape.label,
      w: shape.w,
      h: shape.h,
      ...(shape.role === 'card' ? farLabel(shape.label, shape.w) : {}),
      ...tone(shape.network),
      ...(shape.parent === undefined ? {} : { parent: shape.parent }),
      ...(shape.network === undefined ? {} : { network: shape.network }),
    },
    position: { x: shape.x, y: shape.y },
  }));
  const edges = layout.lines.map((line): ElementDefinition => ({
    group: 'edges',
    classes: standsBack(layer, line.role) ? `${line.role} back` : line.role,
    data: {
      id: `line:${line.id}`,
      subject: line.subject,
      source: line.source,
      target: line.target,
      label: line.label ?? '',
      ...tone(line.network),
      ...(line.network === undefined ? {} : { network: line.network }),
    },
  }));
  return [...nodes, ...edges];
}

/** The first line alone, as large as the card is wide. */
function farLabel(text: string, w: number): { readonly short: string; readonly far: number } {
  const short = text.split('\n')[0] ?? '';
  return { short, far: Math.min(LARGEST_FAR, Math.floor((12 * (w - 14)) / Math.max(1, textWidth(short)))) };
}
