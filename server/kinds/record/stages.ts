import type { Stage } from '../kind.ts';
import { stagesThrough } from '../link-stages.ts';
import type { Record } from './resource.ts';

/** What is going to be borrowed is kept before anything else is done; what is given back is forgotten last. */
export function recordStages(before: Record | undefined, after: Record | undefined): readonly Stage<Record>[] {
  if (after === undefined) return [{ effect: 'removes', state: undefined }];
  return stagesThrough(before, [
    ['closes', { ...after, former: { ...before?.former, ...after.former } }],
    ['removes', after],
  ]);
}
