import type { MapLayout, Shape, ShapeRole } from './layout/shapes.ts';

export type Direction = 'left' | 'right' | 'up' | 'down';

/** What arrow keys stop at: things with a name of their own. */
const STOPS = new Set<ShapeRole>([
  'internet',
  'fabric',
  'network',
  'card',
  'title',
  'port',
  'bridge',
  'gateway',
  'guest',
  'nic',
]);

/**
 * The shape that lies next in a direction, seen from the shape of `from`: near, and rather straight ahead than aside. From
 * nowhere, the uppermost one at the left. `null` at the edge of the map.
 */
export function nextInDirection({ shapes }: MapLayout, from: string | null, direction: Direction): Shape | null {
  const stops = shapes.filter(({ role }) => STOPS.has(role));
  const start = stops.find(({ subject }) => subject === from);
  if (!start) return stops.toSorted((a, b) => a.x + a.y - (b.x + b.y) || (a.id < b.id ? -1 : 1))[0] ?? null;
  let best: { readonly shape: Shape; readonly cost: number } | null = null;
  for (const shape of stops) {
    if (shape.subject === start.subject) continue;
    const cost = costOf(start, shape, direction);
    if (cost !== null && (best === null || cost < best.cost)) best = { shape, cost };
  }
  return best?.shape ?? null;
}

function costOf(from: Shape, to: Shape, direction: Direction): number | null {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const [ahead, aside] = {
    right: [dx, dy] as const,
    left: [-dx, dy] as const,
    down: [dy, dx] as const,
    up: [-dy, dx] as const,
  }[direction];
  if (ahead <= 1) return null;
  return ahead + 2.5 * Math.abs(aside);
}
