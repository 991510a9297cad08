import type { MapLayout } from './layout/shapes.ts';
import type { Direction } from './arrows.ts';

/** What is asked of the map from outside: buttons, keys and the menu. */
export interface MapHandle {
  /** As it is drawn now, with what is pinned. */
  readonly layout: () => MapLayout;
  readonly zoomBy: (factor: number) => void;
  readonly centreOn: (id: string) => void;
  /** What lies next in a direction from what is chosen. */
  readonly next: (from: string | null, direction: Direction) => string | null;
  /** Where a thing is in the window. */
  readonly placeOf: (id: string) => { readonly x: number; readonly y: number } | null;
  /** The whole map as it is drawn, at twice its size. */
  readonly png: () => Promise<Blob>;
}
