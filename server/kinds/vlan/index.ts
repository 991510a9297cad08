import type { Kind } from '../kind.ts';
import { bridgeId, linkSlot } from '../link-ids.ts';
import { vlanStages } from './stages.ts';
import { vlanDeviceCommands } from './commands.ts';
import { desireVlans } from './desire.ts';
import { observeVlans, vlanInTheWay } from './observe.ts';
import { Vlan } from './resource.ts';

/** The host's own interfaces on VLAN-aware bridges. */
export const vlan: Kind<Vlan> = {
  name: 'vlan',
  schema: Vlan,
  desire: desireVlans,
  observe: observeVlans,
  obstacle: vlanInTheWay,
  // The kernel removes it with the bridge, and it cannot be up while the bridge is down: what leads by it goes before.
  refers: ({ bridge }) => (bridge === null ? [] : [{ to: bridgeId(bridge), diesWith: true, leavesFirst: true }]),
  slots: ({ device, bridge, vid }) => [linkSlot('', device), `vlan:${bridge ?? ''}/${String(vid)}`],
  replaces: (before, after) => before.vid !== after.vid || before.bridge !== after.bridge,
  stages: vlanStages,
  commands: vlanDeviceCommands,
  cost(before, after) {
    if (before === undefined) return 'hitless';
    if (after === undefined) return 'reconnect';
    return before.up === after.up && before.mac === after.mac ? 'hitless' : 'flap';
  },
  touches(before, after) {
    const was = before?.device ?? '';
    if (after === undefined) return [{ on: 'link', device: was, link: null }];
    const { device, up, mtu, bridge: lower, vid } = after;
    return [{ on: 'link', device, ...(was === '' ? {} : { was }), link: { type: 'vlan', up, mtu, lower, vid } }];
  },
  standing: ({ device: name, bridge, vid, mac, mtu, up }) => [
    {
      ...{ on: 'interface', scope: '', name, mac, mtu, up },
      form: bridge === null ? { type: 'unknown', what: 'vlan' } : { type: 'vlan', on: bridge, vid },
    },
  ],
  describe: ({ device, bridge, vid }) => `VLAN device ${device} (VLAN ${String(vid)} on ${bridge ?? 'no bridge'})`,
};
