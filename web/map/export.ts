import type { GraphDocument } from '../../server/flow/graph.ts';
import type { LayerId } from './layers.ts';
import type { MapLayout } from './layout/shapes.ts';
import { marksShown } from './marks.ts';
import type { Mark } from './overlay.ts';
import { paletteOf } from './palette.ts';
import { DARK_GROUND, LIGHT_GROUND } from './style.ts';
import { svgOf } from './svg.ts';

interface Seen {
  readonly layer: LayerId;
  readonly dark: boolean;
  readonly marks: ReadonlyMap<string, Mark>;
}

/** The map as it is seen, as SVG. */
export function svgOfMap(graph: GraphDocument, layout: MapLayout, { layer, dark, marks }: Seen): string {
  const networks = graph.nodes.filter(({ kind }) => kind === 'network').map(({ id }) => id);
  return svgOf(layout, {
    ...{ layer, dark, title: graph.topology },
    palette: paletteOf(networks, dark),
    ground: dark ? DARK_GROUND : LIGHT_GROUND,
    marks: marksShown(graph, layout, marks),
  });
}
