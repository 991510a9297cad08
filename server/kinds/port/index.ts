import type { Kind } from '../kind.ts';
import { bridgeId, IN_RECORD, linkSlot } from '../link-ids.ts';
import { portCommands } from './commands.ts';
import { desirePorts } from './desire.ts';
import { formerPort, observePorts, portInTheWay } from './observe.ts';
import { Port } from './resource.ts';
import { portStages } from './stages.ts';

/** Physical ports, borrowed for uplinks and host NICs. */
export const port: Kind<Port> = {
  name: 'port',
  schema: Port,
  desire: desirePorts,
  observe: observePorts,
  obstacle: portInTheWay,
  former: formerPort,
  refers: ({ bridge, borrowed }) => [
    ...(borrowed ? [IN_RECORD] : []),
    ...(bridge === null || !borrowed ? [] : [{ to: bridgeId(bridge), diesWith: false, leavesFirst: true }]),
  ],
  slots: ({ device }) => [linkSlot('', device)],
  stages: portStages,
  commands: portCommands,
  cost(before, after) {
    if (before === undefined || after === undefined) return 'flap';
    const rewired = before.bridge !== after.bridge || JSON.stringify(before.vlans) !== JSON.stringify(after.vlans);
    return rewired || before.up !== after.up ? 'flap' : 'hitless';
  },
  describe: ({ device, bridge }) => `port ${device}${bridge === null ? '' : ` in ${bridge}`}`,
};
