import type { SignTone } from '../../server/draw/mark-tones.ts';
import type { LiveState } from './live.ts';

type Tones = Readonly<Record<LiveState, SignTone>>;

const WHITE = '#ffffff';
const BLACK = '#10161d';

const LIGHT_STATES: Tones = {
  up: { line: '#157347', on: WHITE },
  partly: { line: '#8a5a00', on: WHITE },
  down: { line: '#b42318', on: WHITE },
  unknown: { line: '#52616f', on: WHITE },
};

const DARK_STATES: Tones = {
  up: { line: '#4ade80', on: BLACK },
  partly: { line: '#f0c05a', on: BLACK },
  down: { line: '#ff8a80', on: BLACK },
  unknown: { line: '#a3b3c2', on: BLACK },
};

export function stateTones(dark: boolean): Tones {
  return dark ? DARK_STATES : LIGHT_STATES;
}
