import { PAD } from './layout/measures.ts';
import type { Line, MapLayout, Shape, ShapeRole } from './layout/shapes.ts';
import type { Pins } from './settings.ts';

const PINNABLE = new Set<ShapeRole>(['host', 'card', 'gateway', 'guest']);

export function isPinnable(role: ShapeRole): boolean {
  return PINNABLE.has(role);
}

/** A host may be a box or a card: both stay where one was put. What lies in a host is pinned in it. */
export function pinOf(
  layout: MapLayout,
  shape: Shape,
  x: number,
  y: number,
): readonly [string, readonly [number, number]] {
  const box = layout.shapes.find(({ id }) => id === shape.parent);
  const [left, top] = box === undefined ? [0, 0] : cornerOf(box);
  return [shape.id, [x - shape.w / 2 - left, y - shape.h / 2 - top]];
}

/** The layout with what is pinned where it was put. Everything else stays: a pin moves nothing but its own thing. */
export function withPins(layout: MapLayout, pins: Pins): MapLayout {
  const pinned = layout.shapes.filter(({ id, role }) => Object.hasOwn(pins, id) && PINNABLE.has(role));
  if (pinned.length === 0) return layout;
  const boxes = new Map(layout.shapes.map((shape) => [shape.id, shape]));
  const moves = new Map<string, Move>();
  for (const shape of pinned) {
    const box = shape.parent === undefined ? undefined : boxes.get(shape.parent);
    const [left, top] = box === undefined ? [0, 0] : cornerOf(box);
    const [x, y] = pins[shape.id] ?? cornerOf(shape);
    const [atX, atY] = cornerOf(shape);
    moves.set(shape.id, { dx: x + left - atX, dy: y + top - atY });
  }
  const hosts = new Set(pinned.filter(({ role }) => role === 'host').map(({ id }) => id));
  const shapes = layout.shapes.map((shape) => moved(moved(shape, moves.get(shape.id)), moves.get(shape.parent ?? '')));
  const shortened = shapes.flatMap((shape) => (shape.role === 'bus' ? busTo(shape, layout, hosts) : [shape]));
  const grown = growBoxes(shortened, new Set(pinned.flatMap(({ id, parent }) => (parent === undefined ? [] : [id]))));
  const drawn = new Set(grown.map(({ id }) => id));
  const lines = layout.lines.filter(({ source, target }) => drawn.has(source) && drawn.has(target));
  return { shapes: grown, lines: [...lines, ...tiesOf(grown, hosts)] };
}

interface Move {
  readonly dx: number;
  readonly dy: number;
}

function cornerOf({ x, y, w, h }: Shape): readonly [number, number] {
  return [x - w / 2, y - h / 2];
}

function moved(shape: Shape, move: Move | undefined): Shape {
  return move === undefined ? shape : { ...shape, x: shape.x + move.dx, y: shape.y + move.dy };
}

/** The line of a network goes as far as the last host that still stands in its row. */
function busTo(bus: Shape, layout: MapLayout, away: ReadonlySet<string>): readonly Shape[] {
  const parts = layout.shapes.filter(
    ({ role, subject, y }) => role === 'segment' && subject === bus.subject && Math.abs(y - bus.y) < 1,
  );
  if (!parts.some(({ parent }) => away.has(parent ?? ''))) return [bus];
  const ends = parts.filter(({ parent }) => !away.has(parent ?? '')).map((part) => part.x - part.w / 2 + 2);
  if (ends.length === 0) return [];
  const left = bus.x - bus.w / 2;
  const w = Math.max(...ends) - left;
  return [{ ...bus, x: left + w / 2, w }];
}

/** A host that was moved away is tied to its networks by lines from their cards. */
function tiesOf(shapes: readonly Shape[], away: ReadonlySet<string>): readonly Line[] {
  const parts = shapes.filter(({ role, parent }) => role === 'segment' && away.has(parent ?? ''));
  return parts.flatMap((part) => {
    const card = shapes.find(({ role, subject }) => role === 'network' && subject === part.subject);
    if (!card) return [];
    const common = { subject: part.subject, network: part.subject };
    return [{ id: `tie:${part.id}`, role: 'tie', source: card.id, target: part.id, ...common }];
  });
}

/** The box of a host holds what was moved in it, too. */
function growBoxes(shapes: readonly Shape[], movedInside: ReadonlySet<string>): readonly Shape[] {
  const pinned = shapes.filter(({ id }) => movedInside.has(id));
  return shapes.map((box) => {
    const inside = pinned.filter(({ parent }) => parent === box.id);
    if (inside.length === 0) return box;
    const left = Math.min(box.x - box.w / 2, ...inside.map(({ x, w }) => x - w / 2 - PAD));
    const right = Math.max(box.x + box.w / 2, ...inside.map(({ x, w }) => x + w / 2 + PAD));
    const top = Math.min(box.y - box.h / 2, ...inside.map(({ y, h }) => y - h / 2 - PAD));
    const bottom = Math.max(box.y + box.h / 2, ...inside.map(({ y, h }) => y + h / 2 + PAD));
    return { ...box, x: (left + right) / 2, y: (top + bottom) / 2, w: right - left, h: bottom - top };
  });
}
