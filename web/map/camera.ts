import type { Core } from 'cytoscape';
import type { MapLayout } from './layout/shapes.ts';
import type { Camera } from './settings.ts';

/** A small topology is not blown up to fill the window. */
const LARGEST_AT_FIT = 1.35;
/** Room for what lies over the map at its upper and lower edge. */
const EDGE = { top: 62, bottom: 62, side: 28 };
/** Below this zoom cards show their names alone. */
const FAR_ZOOM = 0.5;

export function fitAll(core: Core): void {
  if (core.elements().empty()) return;
  const { x1, y1, w, h } = core.elements().boundingBox();
  const [roomW, roomH] = [core.width() - 2 * EDGE.side, core.height() - EDGE.top - EDGE.bottom];
  const zoom = Math.min(LARGEST_AT_FIT, Math.max(core.minZoom(), Math.min(roomW / w, roomH / h)));
  const left = EDGE.side + (roomW - w * zoom) / 2;
  const top = EDGE.top + (roomH - h * zoom) / 2;
  core.viewport({ zoom, pan: { x: left - x1 * zoom, y: top - y1 * zoom } });
}

export function cameraOf(core: Core): Camera {
  const zoom = core.zoom();
  const pan = core.pan();
  return { zoom, x: (core.width() / 2 - pan.x) / zoom, y: (core.height() / 2 - pan.y) / zoom };
}

export function setCamera(core: Core, { zoom, x, y }: Camera): void {
  core.viewport({ zoom, pan: { x: core.width() / 2 - x * zoom, y: core.height() / 2 - y * zoom } });
}

/** Within a pixel and a thousandth: what an address can hold of it. */
export function sameCamera(one: Camera | null, other: Camera | null): boolean {
  if (one === null || other === null) return one === other;
  const near = (a: number, b: number, within: number): boolean => Math.abs(a - b) <= within;
  return near(one.zoom, other.zoom, 0.001) && near(one.x, other.x, 1) && near(one.y, other.y, 1);
}

/** Keeps a host where it is in the window while what is around it is laid out anew. */
export function keepInPlace(core: Core, before: MapLayout, after: MapLayout, host: string): void {
  const corner = ({ shapes }: MapLayout): readonly [number, number] | null => {
    const shape = shapes.find(({ id }) => id === host);
    return shape === undefined ? null : [shape.x - shape.w / 2, shape.y - shape.h / 2];
  };
  const [was, is] = [corner(before), corner(after)];
  if (was === null || is === null) return;
  core.panBy({ x: (was[0] - is[0]) * core.zoom(), y: (was[1] - is[1]) * core.zoom() });
}

/** Labels follow the zoom: from far away names only. */
export function followZoom(core: Core): void {
  let far: boolean | null = null;
  const follow = (): void => {
    const isFar = core.zoom() < FAR_ZOOM;
    if (isFar === far) return;
    far = isFar;
    core.batch(() => core.nodes('.card').toggleClass('far', isFar));
  };
  core.on('zoom', follow);
  core.on('add', '.card', () => {
    far = null;
  });
  core.on('render', () => {
    if (far === null) follow();
  });
}

/** Width of the panel that lies over the map while something is chosen, with its margin. */
const PANEL = 360;

/** Moves the map where a panel, or the edge of the window, hides what was chosen. */
export function showFromUnderPanel(core: Core, chosen: string, host: string | undefined): boolean {
  const own = core.getElementById(chosen);
  // What lies in a collapsed host is shown by its card.
  const shape = own.empty() && host !== undefined ? core.getElementById(host) : own;
  if (shape.empty() || !shape.isNode() || shape.isParent()) return false;
  const { x1, x2, y1, y2 } = shape.renderedBoundingBox();
  const right = core.width() - PANEL;
  const x = x2 > right ? right - x2 : x1 < 0 ? 20 - x1 : 0;
  const y = y2 > core.height() ? core.height() - y2 - 20 : y1 < 0 ? 20 - y1 : 0;
  if (x === 0 && y === 0) return false;
  core.animate({ panBy: { x, y }, duration: 180 });
  return true;
}
