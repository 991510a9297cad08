import type { LiveState } from './live.ts';
import type { Mark } from './overlay.ts';

/** A colour for lines and the ground of a badge, and one for the sign on it. */
export interface SignTone {
  readonly line: string;
  readonly on: string;
}

type Tones<K extends string> = Readonly<Record<K, SignTone>>;

const WHITE = '#ffffff';
const BLACK = '#10161d';

const LIGHT_MARKS: Tones<Mark> = {
  added: { line: '#157347', on: WHITE },
  changed: { line: '#8a5a00', on: WHITE },
  removed: { line: '#b42318', on: WHITE },
  interrupted: { line: '#b54708', on: WHITE },
  down: { line: '#8f1d14', on: WHITE },
  lost: { line: '#7a2fb5', on: WHITE },
  drifted: { line: '#0b6e75', on: WHITE },
  doubtful: { line: '#52616f', on: WHITE },
};

const DARK_MARKS: Tones<Mark> = {
  added: { line: '#4ade80', on: BLACK },
  changed: { line: '#f0c05a', on: BLACK },
  removed: { line: '#ff8a80', on: BLACK },
  interrupted: { line: '#ffa657', on: BLACK },
  down: { line: '#ff6b5e', on: BLACK },
  lost: { line: '#cf9dff', on: BLACK },
  drifted: { line: '#4fd6de', on: BLACK },
  doubtful: { line: '#a3b3c2', on: BLACK },
};

const LIGHT_STATES: Tones<LiveState> = {
  up: { line: '#157347', on: WHITE },
  partly: { line: '#8a5a00', on: WHITE },
  down: { line: '#b42318', on: WHITE },
  unknown: { line: '#52616f', on: WHITE },
};

const DARK_STATES: Tones<LiveState> = {
  up: { line: '#4ade80', on: BLACK },
  partly: { line: '#f0c05a', on: BLACK },
  down: { line: '#ff8a80', on: BLACK },
  unknown: { line: '#a3b3c2', on: BLACK },
};

export function markTones(dark: boolean): Tones<Mark> {
  return dark ? DARK_MARKS : LIGHT_MARKS;
}

export function stateTones(dark: boolean): Tones<LiveState> {
  return dark ? DARK_STATES : LIGHT_STATES;
}
