import type { RefObject } from 'react';
import type { Direction } from '../map/arrows.ts';
import type { MapHandle } from '../map/handle.ts';
import type { LayerId } from '../map/layers.ts';
import { LAYERS } from '../map/layers.ts';
import { useKeys } from '../ui/useKeys.ts';

interface MapKeys {
  readonly map: RefObject<MapHandle | null>;
  readonly chosen: string | null;
  readonly choose: (id: string) => void;
  /** Enter on what is chosen. */
  readonly open: (id: string) => void;
  readonly layer: (layer: LayerId) => void;
  readonly help: () => void;
  readonly menu: () => void;
}

const ARROWS: readonly (readonly [string, Direction])[] = [
  ['ArrowLeft', 'left'],
  ['ArrowRight', 'right'],
  ['ArrowUp', 'up'],
  ['ArrowDown', 'down'],
];

const ZOOM_STEP = 1.25;

/** Keys of the map: arrows go from node to node as they lie there. */
export function useMapKeys({ map, chosen, choose, open, layer, help, menu }: MapKeys): void {
  const zoom = (factor: number) => () => {
    map.current?.zoomBy(factor);
  };
  useKeys({
    ...Object.fromEntries(
      LAYERS.map(({ id }, index) => [
        String(index),
        () => {
          layer(id);
        },
      ]),
    ),
    ...Object.fromEntries(
      ARROWS.map(([key, direction]) => [
        key,
        (event: KeyboardEvent) => {
          if (isElsewhere(event)) return;
          const next = map.current?.next(chosen, direction) ?? null;
          if (next !== null) choose(next);
        },
      ]),
    ),
    Enter: (event) => {
      // A button that has the focus is meant itself.
      const onButton =
        event.target instanceof Element && event.target.closest('button, a, summary, input, select') !== null;
      if (chosen !== null && !onButton) open(chosen);
    },
    '+': zoom(ZOOM_STEP),
    '=': zoom(ZOOM_STEP),
    '-': zoom(1 / ZOOM_STEP),
    '/': (event) => {
      event.preventDefault();
      document.querySelector<HTMLElement>('.search')?.focus();
    },
    '?': help,
    ContextMenu: (event) => {
      event.preventDefault();
      menu();
    },
  });
}

/** Arrows scroll a panel, go through a menu, and turn a field that has the focus. */
function isElsewhere({ target }: KeyboardEvent): boolean {
  return target instanceof Element && target.closest('.panel, .side, .menu, input, select, textarea, dialog') !== null;
}
