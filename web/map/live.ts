import type { MapLayout } from './layout/shapes.ts';

/** How things are on the hosts, as it was read last. Pure values: whoever reads them hands them to the map. */
export type LiveState = 'up' | 'partly' | 'down' | 'unknown';

export interface Live {
  readonly state: LiveState;
  /** How many of its values differ from the file. */
  readonly drift: number;
  /** What is counted on it, in words, for its panel: `received: 12 MB`. */
  readonly counters: Readonly<Record<string, string>>;
}

/** By the id of a node or edge of the graph. */
export type LiveStates = ReadonlyMap<string, Live>;

export const NO_STATES: LiveStates = new Map();

/** Signs beside colours: not everybody tells red from green. */
export const STATE_SIGNS: Readonly<Record<LiveState, string>> = { up: '✓', partly: '◐', down: '×', unknown: '?' };
export const STATE_WORDS: Readonly<Record<LiveState, string>> = {
  up: 'Up: everything of it is there',
  partly: 'Partly up',
  down: 'Down',
  unknown: 'Not known: its host was not read',
};

/** What is shown on a shape. */
export interface LiveLook {
  readonly state: LiveState;
  readonly sign: string;
}

const SHOWN_ON = new Set(['host', 'card', 'guest', 'gateway', 'network', 'bridge', 'port']);

/** What each shape shows: its own state, and how much of it drifted. */
export function looksOf({ shapes }: MapLayout, states: LiveStates): ReadonlyMap<string, LiveLook> {
  const looks = new Map<string, LiveLook>();
  if (states.size === 0) return looks;
  for (const { id, role, subject } of shapes) {
    const live = SHOWN_ON.has(role) ? states.get(subject) : undefined;
    if (live === undefined) continue;
    looks.set(id, { state: live.state, sign: signOf(live) });
  }
  return looks;
}

function signOf({ state, drift }: Live): string {
  return drift === 0 ? STATE_SIGNS[state] : `${STATE_SIGNS[state]} ≠${String(drift)}`;
}

/** Shapes that show something else than before; `null` where they show nothing any more. */
export function changedLooks(
  before: ReadonlyMap<string, LiveLook>,
  after: ReadonlyMap<string, LiveLook>,
): readonly (readonly [id: string, look: LiveLook | null])[] {
  const changed: (readonly [string, LiveLook | null])[] = [];
  for (const [id, look] of after) {
    const old = before.get(id);
    if (old?.state !== look.state || old.sign !== look.sign) changed.push([id, look]);
  }
  for (const id of before.keys()) if (!after.has(id)) changed.push([id, null]);
  return changed;
}

/** The words that `state:` of the find field takes: `up`, `partly`, `down`, `unknown`, `drift`. */
export function stateWords(states: LiveStates, id: string): readonly string[] {
  const live = states.get(id);
  if (live === undefined) return [];
  return live.drift === 0 ? [live.state] : [live.state, 'drift'];
}

/** A host is as its parts are: some down makes it partly up. For states that are told of parts only. */
export function withHosts(
  states: LiveStates,
  nodes: readonly { readonly id: string; readonly kind: string; readonly parent?: string }[],
): LiveStates {
  const inside = new Map<string, Live[]>();
  for (const { id, parent } of nodes) {
    const live = states.get(id);
    if (parent === undefined || live === undefined) continue;
    const known = inside.get(parent);
    if (known) known.push(live);
    else inside.set(parent, [live]);
  }
  const all = new Map(states);
  for (const [host, parts] of inside) {
    if (states.has(host)) continue;
    const drift = parts.reduce((sum, part) => sum + part.drift, 0);
    all.set(host, { state: together(parts.map(({ state }) => state)), drift, counters: {} });
  }
  return all;
}

function together(states: readonly LiveState[]): LiveState {
  const known = states.filter((state) => state !== 'unknown');
  const [first] = known;
  if (first === undefined) return 'unknown';
  return known.every((state) => state === first) ? first : 'partly';
}
