import type { Kind } from '../kind.ts';
import { bondId, bridgeId, IN_RECORD, linkSlot } from '../link-ids.ts';
import { BEHIND_ISOLATION } from '../link-isolation.ts';
import { bridgePort } from '../link-standing.ts';
import { portAtStart } from './at-start.ts';
import { portCommands } from './commands.ts';
import { desirePorts } from './desire.ts';
import { adoptablePort, formerPort, observePorts, portInTheWay, whoHasPort } from './observe.ts';
import { Port } from './resource.ts';
import { portStages } from './stages.ts';

/** Interfaces that are borrowed: physical ports for uplinks, bonds and host NICs, and taps of existing machines. */
export const port: Kind<Port> = {
  name: 'port',
  schema: Port,
  desire: desirePorts,
  observe: observePorts,
  obstacle: portInTheWay,
  adopts: adoptablePort,
  former: formerPort,
  whoHas: whoHasPort,
  atStart: portAtStart,
  refers: ({ bridge, bond, borrowed, isolated }) => [
    ...(isolated && borrowed ? [BEHIND_ISOLATION] : []),
    ...(borrowed ? [IN_RECORD] : []),
    ...(bridge === null || !borrowed ? [] : [{ to: bridgeId(bridge), diesWith: false, leavesFirst: true }]),
    // The kernel lets its ports go when a bond is removed: of one that is made anew they become ports again.
    ...(bond === null || !borrowed ? [] : [{ to: bondId(bond), diesWith: false, rejoins: true }]),
  ],
  slots: ({ device }) => [linkSlot('', device)],
  stages: portStages,
  commands: portCommands,
  cost(before, after) {
    if (before === undefined || after === undefined) return 'flap';
    const rewired =
      before.bridge !== after.bridge ||
      before.bond !== after.bond ||
      JSON.stringify(before.vlans) !== JSON.stringify(after.vlans);
    return rewired || before.up !== after.up ? 'flap' : 'hitless';
  },
  touches(before, after) {
    const device = (after ?? before)?.device ?? '';
    if (after === undefined) return [{ on: 'link', device, link: { master: null } }];
    const { bridge, bond, up, mtu, borrowed, vlans } = after;
    const link = { master: bond ?? bridge, up, ...(vlans === null ? {} : { vlans }), ...(borrowed ? {} : { mtu }) };
    return [{ on: 'link', device, link }];
  },
  standing({ device: name, bridge, bond, isolated, vlans, mtu, up, borrowed }) {
    if (!borrowed) return [];
    const master = bond ?? bridge;
    return [
      {
        ...{ on: 'interface', scope: '', name, mtu, up, form: { type: 'plain' } },
        port: master === null ? null : bridgePort(master, isolated),
        ...(vlans === null ? {} : { vlans }),
      },
    ];
  },
  describe({ device, bridge, bond }) {
    const master = bond ?? bridge;
    return `port ${device}${master === null ? '' : ` in ${master}`}`;
  },
};
