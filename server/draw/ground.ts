/** Colours of what belongs to no network. */
export interface Ground {
  /** Behind everything. */
  readonly page: string;
  readonly line: string;
  readonly soft: string;
  readonly text: string;
  readonly muted: string;
  readonly box: string;
  readonly boxLine: string;
  readonly raised: string;
  readonly strong: string;
  readonly onStrong: string;
  readonly accent: string;
}

export const LIGHT_GROUND: Ground = {
  page: '#f4f6f9',
  line: '#7b8794',
  soft: '#f1f4f7',
  text: '#1c2733',
  muted: '#5a6775',
  box: '#ffffff',
  boxLine: '#c9d2dc',
  raised: '#ffffff',
  strong: '#33475e',
  onStrong: '#ffffff',
  accent: '#1463d6',
};

export const DARK_GROUND: Ground = {
  page: '#10161d',
  line: '#7d8b9a',
  soft: '#1f2832',
  text: '#e4eaf1',
  muted: '#9fadbb',
  box: '#171e26',
  boxLine: '#36424f',
  raised: '#1d2630',
  strong: '#a9bacb',
  onStrong: '#10161d',
  accent: '#6aa8ff',
};
