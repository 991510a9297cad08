import type { Core } from 'cytoscape';
import type { PointerEvent } from 'react';
import { useEffect, useMemo, useRef } from 'react';
import type { MapLayout, ShapeRole } from './layout/shapes.ts';
import type { Palette } from './palette.ts';
import type { Ground } from './style.ts';

interface MiniMapProps {
  readonly core: Core;
  readonly layout: MapLayout;
  readonly palette: Palette;
  readonly ground: Ground;
  /** The middle of the window should be there. */
  readonly onMove: (x: number, y: number) => void;
}

const SIZE = { w: 180, h: 116 };
const MARGIN = 6;
const DRAWN = new Set<ShapeRole>(['host', 'card', 'network', 'bus', 'internet', 'fabric', 'gateway', 'guest']);

/** The whole map in a corner, with a frame around what the window shows. A click or drag moves the window there. */
export function MiniMap({ core, layout, palette, ground, onMove }: MiniMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = useMemo(() => scaleOf(layout), [layout]);

  useEffect(() => {
    const place = canvas.current;
    const context = place?.getContext('2d');
    if (!place || !context) return undefined;
    const density = window.devicePixelRatio;
    place.width = SIZE.w * density;
    place.height = SIZE.h * density;
    const still = drawShapes(layout, scale, density, { palette, ground });
    let asked = 0;
    const draw = (): void => {
      asked = 0;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, place.width, place.height);
      context.drawImage(still, 0, 0);
      context.setTransform(density, 0, 0, density, 0, 0);
      const { x1, y1, x2, y2, w, h } = core.extent();
      // Where all is to be seen, a small copy of it only lies in the way.
      place.classList.toggle('away', scale.isWithin(x1, y1, x2, y2));
      context.strokeStyle = ground.accent;
      context.lineWidth = 1.5;
      context.strokeRect(...scale.point(x1, y1), w * scale.factor, h * scale.factor);
    };
    const ask = (): void => {
      if (asked === 0) asked = requestAnimationFrame(draw);
    };
    ask();
    core.on('viewport resize', ask);
    return () => {
      cancelAnimationFrame(asked);
      core.off('viewport resize', ask);
    };
  }, [core, layout, palette, ground, scale]);

  const move = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (event.buttons !== 1) return;
    const frame = event.currentTarget.getBoundingClientRect();
    onMove(...scale.back(event.clientX - frame.left, event.clientY - frame.top));
  };
  return (
    <canvas
      ref={canvas}
      className="minimap away"
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        move(event);
      }}
      onPointerMove={move}
    />
  );
}

interface Scale {
  readonly factor: number;
  /** Whether the whole map lies between these. */
  readonly isWithin: (x1: number, y1: number, x2: number, y2: number) => boolean;
  readonly point: (x: number, y: number) => [number, number];
  readonly back: (x: number, y: number) => [number, number];
}

function scaleOf({ shapes }: MapLayout): Scale {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y, w, h } of shapes) {
    left = Math.min(left, x - w / 2);
    right = Math.max(right, x + w / 2);
    top = Math.min(top, y - h / 2);
    bottom = Math.max(bottom, y + h / 2);
  }
  const [w, h] = [Math.max(1, right - left), Math.max(1, bottom - top)];
  const factor = Math.min((SIZE.w - 2 * MARGIN) / w, (SIZE.h - 2 * MARGIN) / h);
  const [dx, dy] = [(SIZE.w - w * factor) / 2 - left * factor, (SIZE.h - h * factor) / 2 - top * factor];
  return {
    factor,
    isWithin: (x1, y1, x2, y2) => x1 <= left && y1 <= top && x2 >= right && y2 >= bottom,
    point: (x, y) => [x * factor + dx, y * factor + dy],
    back: (x, y) => [(x - dx) / factor, (y - dy) / factor],
  };
}

/** Drawn once a layout: only the frame moves. */
function drawShapes(
  { shapes }: MapLayout,
  { point, factor }: Scale,
  density: number,
  { palette, ground }: { readonly palette: Palette; readonly ground: Ground },
): HTMLCanvasElement {
  const still = document.createElement('canvas');
  still.width = SIZE.w * density;
  still.height = SIZE.h * density;
  const context = still.getContext('2d');
  if (!context) return still;
  context.scale(density, density);
  for (const { role, x, y, w, h, network } of shapes) {
    if (!DRAWN.has(role)) continue;
    const tone = network === undefined ? undefined : palette.get(network);
    context.fillStyle = role === 'gateway' ? ground.strong : (tone?.line ?? ground.boxLine);
    context.strokeStyle = ground.line;
    const [left, top] = point(x - w / 2, y - h / 2);
    if (role === 'host') context.strokeRect(left, top, w * factor, h * factor);
    else context.fillRect(left, top, Math.max(1, w * factor), Math.max(1, h * factor));
  }
  return still;
}
