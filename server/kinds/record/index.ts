import type { Kind } from '../kind.ts';
import { recordCommands } from './commands.ts';
import { recordOf } from './desire.ts';
import { observeRecord } from './observe.ts';
import { Record } from './resource.ts';
import { recordStages } from './stages.ts';

/** The former values of what is borrowed. */
export const record: Kind<Record> = {
  name: 'record',
  schema: Record,
  // What a model wants does not depend on what a host was like before; the planner asks by `keeps`.
  desire: () => [],
  keeps(topology, former) {
    const kept = recordOf(topology, former);
    return kept === undefined ? [] : [kept];
  },
  observe: observeRecord,
  refers: () => [],
  stages: recordStages,
  commands: recordCommands,
  touches: () => [],
  describe: ({ former }) => `record of what is borrowed: ${Object.keys(former).sort().join(', ')}`,
};
