import type { LayerId } from './layers.ts';
import { isLayer } from './layers.ts';

/** How somebody looks at the map: what the address of the page keeps of it, and what a saved view restores. */
export interface MapSettings {
  readonly layer: LayerId;
  /** Query of `find.ts`. */
  readonly find: string;
  /** `null`: the whole map. */
  readonly at: Camera | null;
  readonly focus: Focus | null;
  /** Ids of nodes that are left out. */
  readonly hidden: readonly string[];
  readonly pins: Pins;
}

/** Zoom, and the point of the map in the middle of the window: the same in windows of any size. */
export interface Camera {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

/** A node, and what lies at most so many steps from it. */
export interface Focus {
  readonly id: string;
  readonly hops: number;
}

/** By the id of a shape: its upper left corner; of what lies in a host, from the corner of the host's box. */
export type Pins = Readonly<Record<string, readonly [x: number, y: number]>>;

export const NO_PINS: Pins = {};
/** The address of a page goes to the server with every request: it must stay well below what one takes. */
export const MOST_PINS = 100;
export const MOST_HIDDEN = 100;
export const MOST_HOPS = 6;
const FAR = 1_000_000;

/** What the address keeps → settings. What is missing or makes no sense is at its default: links come from anywhere. */
export function readSettings(kept: Readonly<Record<string, string>>): MapSettings {
  const layer = kept['map.layer'];
  return {
    layer: isLayer(layer) ? layer : 'overview',
    find: (kept['map.find'] ?? '').slice(0, 500),
    at: readCamera(kept['map.at']),
    focus: readFocus(kept['map.focus']),
    hidden: readHidden(kept['map.hidden']),
    pins: readPins(kept['map.pins']),
  };
}

/** The other way round, for those that are given; `null` takes a value out of the address. */
export function keptOf(settings: Partial<MapSettings>): Readonly<Record<string, string | null>> {
  const { layer, find, at, focus, hidden, pins } = settings;
  const pinned = pins === undefined ? [] : Object.entries(pins).slice(0, MOST_PINS);
  return {
    ...(layer === undefined ? {} : { 'map.layer': layer === 'overview' ? null : layer }),
    ...(find === undefined ? {} : { 'map.find': find === '' ? null : find.slice(0, 500) }),
    ...(at === undefined ? {} : { 'map.at': at === null ? null : cameraText(at) }),
    ...(focus === undefined ? {} : { 'map.focus': focus === null ? null : `${String(focus.hops)} ${focus.id}` }),
    ...(hidden === undefined
      ? {}
      : { 'map.hidden': hidden.length === 0 ? null : JSON.stringify(hidden.slice(0, MOST_HIDDEN)) }),
    ...(pins === undefined
      ? {}
      : { 'map.pins': pinned.length === 0 ? null : JSON.stringify(Object.fromEntries(pinned.map(roundPin))) }),
  };
}

function roundPin([id, [x, y]]: [string, readonly [number, number]]): [string, [number, number]] {
  return [id, [Math.round(x), Math.round(y)]];
}

function cameraText({ zoom, x, y }: Camera): string {
  return [zoom.toFixed(3), x.toFixed(0), y.toFixed(0)].join(',');
}

function readCamera(text: string | undefined): Camera | null {
  const parts = /^(\d{1,2}(?:\.\d{1,3})?),(-?\d{1,7}),(-?\d{1,7})$/.exec(text ?? '');
  if (parts === null) return null;
  const [zoom, x, y] = parts.slice(1).map(Number);
  if (zoom === undefined || x === undefined || y === undefined) return null;
  return zoom >= 0.02 && zoom <= 5 ? { zoom, x, y } : null;
}

function readFocus(text: string | undefined): Focus | null {
  const parts = /^(\d) (.{1,200})$/.exec(text ?? '');
  const hops = Number(parts?.[1] ?? MOST_HOPS + 1);
  return parts?.[2] === undefined || hops > MOST_HOPS ? null : { id: parts[2], hops };
}

function readHidden(text: string | undefined): readonly string[] {
  const value = readJson(text);
  if (!Array.isArray(value)) return [];
  return value.filter((each): each is string => typeof each === 'string').slice(0, MOST_HIDDEN);
}

function readPins(text: string | undefined): Pins {
  const value = readJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return NO_PINS;
  const pins = Object.entries(value).flatMap(([id, at]): [string, [number, number]][] => {
    const [x, y] = Array.isArray(at) ? (at as readonly unknown[]) : [];
    return isPlace(x) && isPlace(y) ? [[id, [x, y]]] : [];
  });
  return Object.fromEntries(pins.slice(0, MOST_PINS));
}

function isPlace(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) < FAR;
}

function readJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    // Somebody's cut-off link: the map at its default is the better answer than none.
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
