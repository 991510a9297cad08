import { linkSlot } from '../link-ids.ts';
import type { Kind } from '../kind.ts';
import { bridgeCommands } from './commands.ts';
import { desireBridges } from './desire.ts';
import { adoptableBridge, bridgeInTheWay, observeBridges } from './observe.ts';
import { Bridge } from './resource.ts';
import { bridgeStages } from './stages.ts';

/** Bridges. Changed in place whatever changes: making one anew would take every guest on it down. */
export const bridge: Kind<Bridge> = {
  name: 'bridge',
  schema: Bridge,
  desire: desireBridges,
  observe: observeBridges,
  obstacle: bridgeInTheWay,
  adopts: adoptableBridge,
  refers: () => [],
  slots: ({ device }) => [linkSlot('', device)],
  stages: bridgeStages,
  commands: bridgeCommands,
  cost(before, after) {
    if (before === undefined) return 'hitless';
    if (after === undefined) return 'reconnect';
    return before.up !== after.up || before.vlanAware !== after.vlanAware || before.stp !== after.stp
      ? 'flap'
      : 'hitless';
  },
  touches(before, after) {
    const was = before?.device ?? '';
    if (after === undefined) return before?.existing === true ? [] : [{ on: 'link', device: was, link: null }];
    const { device, existing, up, mtu, vlanAware: filtering, vlans } = after;
    if (existing) return [];
    return [
      { on: 'link', device, ...(was === '' ? {} : { was }), link: { type: 'bridge', up, mtu, filtering, vlans } },
    ];
  },
  standing: ({ device: name, vlanAware, vlans, mac, mtu, up }) => [
    {
      ...{ on: 'interface', scope: '', name, mac, mtu, up, vlans },
      // Whether br_netfilter is on is the host's.
      form: { type: 'bridge', vlanAware, callsIp: null, vlanProtocol: '802.1Q' },
    },
  ],
  describe: ({ device, vlanAware, existing }) =>
    `bridge ${device}${vlanAware ? ' (VLAN-aware)' : ''}${existing ? ', made by somebody else' : ''}`,
};
