import type { ElementDefinition } from 'cytoscape';
import type { MapLayout } from './layout/shapes.ts';
import type { Palette } from './palette.ts';

/** The layout in cytoscape's terms. What styles need lies in `data`; roles are classes. */
export function elementsOf(
  layout: MapLayout,
  palette: Palette,
  ground: { readonly line: string; readonly soft: string },
): ElementDefinition[] {
  const tone = (network: string | undefined): { color: string; soft: string } => {
    const { line, soft } = (network === undefined ? undefined : palette.get(network)) ?? ground;
    return { color: line, soft };
  };
  const nodes = layout.shapes.map((shape): ElementDefinition => ({
    group: 'nodes',
    classes: shape.role,
    data: {
      id: shape.id,
      subject: shape.subject,
      label: shape.label,
      w: shape.w,
      h: shape.h,
      ...tone(shape.network),
      ...(shape.parent === undefined ? {} : { parent: shape.parent }),
      ...(shape.network === undefined ? {} : { network: shape.network }),
    },
    position: { x: shape.x, y: shape.y },
  }));
  const edges = layout.lines.map((line): ElementDefinition => ({
    group: 'edges',
    classes: line.role,
    data: {
      id: `line:${line.id}`,
      subject: line.subject,
      source: line.source,
      target: line.target,
      ...tone(line.network),
      ...(line.network === undefined ? {} : { network: line.network }),
    },
  }));
  return [...nodes, ...edges];
}
