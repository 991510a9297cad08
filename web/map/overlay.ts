import type { Mark } from '../../server/draw/marks.ts';

export interface Overlay {
  /** Ids of what stays bright; the rest is faded. `null`: nothing is faded. */
  readonly lit: ReadonlySet<string> | null;
  /** By the id of a node or edge of the graph. */
  readonly marks: ReadonlyMap<string, Mark>;
}
