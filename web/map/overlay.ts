/** What a mode says of things on the map, beside what they are. */
export type Mark = 'added' | 'changed' | 'removed' | 'interrupted' | 'down' | 'lost' | 'drifted' | 'doubtful';

export const MARKS: readonly Mark[] = [
  'added',
  'changed',
  'removed',
  'interrupted',
  'down',
  'lost',
  'drifted',
  'doubtful',
];

export interface Overlay {
  /** Ids of what stays bright; the rest is faded. `null`: nothing is faded. */
  readonly lit: ReadonlySet<string> | null;
  /** By the id of a node or edge of the graph. */
  readonly marks: ReadonlyMap<string, Mark>;
}
