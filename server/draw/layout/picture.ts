import { JOINT } from './measures.ts';
import type { Line, MapLayout, Shape } from './shapes.ts';

/** A layout while it is made. */
export interface Picture extends MapLayout {
  shape(shape: Shape): void;
  line(line: Line): void;
}

/** The fabrics of a row, by id: their shape, and where cables are plugged in. */
export type Fabrics = ReadonlyMap<string, { readonly id: string; readonly bottom: number }>;

export function newPicture(): Picture {
  const shapes: Shape[] = [];
  const lines: Line[] = [];
  return { shapes, lines, shape: (shape) => void shapes.push(shape), line: (line) => void lines.push(line) };
}

/** A cable straight up from something to the fabric above it. */
export function placeWire(
  picture: Picture,
  id: string,
  wire: { id: string; target: string },
  source: string,
  x: number,
  fabrics: Fabrics,
): void {
  const fabric = fabrics.get(wire.target);
  if (!fabric) return;
  const plug = `plug:${id}`;
  picture.shape({ id: plug, role: 'plug', subject: wire.id, label: '', x, y: fabric.bottom, w: JOINT, h: JOINT });
  picture.line({ id, role: 'wire', subject: wire.id, source, target: plug });
}
