import { compareNaturally } from './layout/order.ts';

/**
 * One colour a network, the same wherever it appears. Neighbours in the list are far apart in hue, and all have enough
 * contrast as lines on their ground. `soft` is the ground of what hangs on the network.
 */
interface Tone {
  readonly line: string;
  readonly soft: string;
}

const LIGHT: readonly Tone[] = [
  { line: '#c2410c', soft: '#fff3ea' },
  { line: '#1d6fb8', soft: '#ebf4fc' },
  { line: '#15803d', soft: '#eaf7ee' },
  { line: '#8b3fc7', soft: '#f6effc' },
  { line: '#b4841a', soft: '#fdf6e3' },
  { line: '#0e8a92', soft: '#e6f6f7' },
  { line: '#c02670', soft: '#fdeef5' },
  { line: '#5b6b1e', soft: '#f3f6e4' },
  { line: '#4f53cf', soft: '#eff0fd' },
  { line: '#8a5a3b', soft: '#f8f1ec' },
  { line: '#52616f', soft: '#eef1f4' },
  { line: '#b3343a', soft: '#fcedee' },
  { line: '#2f855a', soft: '#e9f6f0' },
  { line: '#a13d9c', soft: '#faeef9' },
];

const DARK: readonly Tone[] = [
  { line: '#fb923c', soft: '#33231a' },
  { line: '#60a5fa', soft: '#1a2939' },
  { line: '#4ade80', soft: '#182c20' },
  { line: '#c084fc', soft: '#2a2038' },
  { line: '#e5b94e', soft: '#2f2817' },
  { line: '#3cc9d1', soft: '#152c2e' },
  { line: '#f472b6', soft: '#33202b' },
  { line: '#b3c55a', soft: '#272b18' },
  { line: '#9aa0ff', soft: '#23253b' },
  { line: '#d0a283', soft: '#2d241e' },
  { line: '#a3b3c2', soft: '#232a31' },
  { line: '#f58a8f', soft: '#331f21' },
  { line: '#68d3a0', soft: '#182b23' },
  { line: '#e28ade', soft: '#2f2030' },
];

export type Palette = ReadonlyMap<string, Tone>;

export function paletteOf(networks: readonly string[], dark: boolean): Palette {
  const tones = dark ? DARK : LIGHT;
  const ordered = [...new Set(networks)].sort(compareNaturally);
  return new Map(
    ordered.map((network, index) => [network, tones[index % tones.length] ?? { line: '#777777', soft: '#eeeeee' }]),
  );
}
