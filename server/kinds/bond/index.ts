import { sameJson } from '../../core/json.ts';
import type { Kind } from '../kind.ts';
import { bridgePort } from '../link-standing.ts';
import { bridgeId, linkSlot } from '../link-ids.ts';
import { bondCommands } from './commands.ts';
import { desireBonds } from './desire.ts';
import { adoptableBond, bondInTheWay, observeBonds } from './observe.ts';
import { Bond } from './resource.ts';
import { bondStages } from './stages.ts';

/** Physical ports joined into one interface. The ports themselves are borrowed, and of kind `port`. */
export const bond: Kind<Bond> = {
  name: 'bond',
  schema: Bond,
  desire: desireBonds,
  observe: observeBonds,
  obstacle: bondInTheWay,
  adopts: adoptableBond,
  refers: ({ bridge }) => (bridge === null ? [] : [{ to: bridgeId(bridge), diesWith: false, leavesFirst: true }]),
  slots: ({ device }) => [linkSlot('', device)],
  // The kernel changes the mode of a bond without ports only, and the LACP rate of one that is down; there is no word for
  // "no primary port".
  replaces: (before, after) =>
    before.mode !== after.mode ||
    before.lacpRate !== after.lacpRate ||
    (before.primary !== null && after.primary === null),
  stages: bondStages,
  commands: bondCommands,
  cost(before, after) {
    if (before === undefined) return 'hitless';
    if (after === undefined) return 'reconnect';
    const rewired = before.bridge !== after.bridge || !sameJson(before.vlans, after.vlans);
    return rewired || before.up !== after.up || before.mac !== after.mac ? 'flap' : 'hitless';
  },
  touches(before, after) {
    const was = before?.device ?? '';
    if (after === undefined) return [{ on: 'link', device: was, link: null }];
    const { device, up, mtu, bridge: master, vlans } = after;
    return [{ on: 'link', device, ...(was === '' ? {} : { was }), link: { type: 'bond', up, mtu, master, vlans } }];
  },
  standing: ({ device: name, bridge, vlans, mac, mtu, up }) => [
    {
      ...{ on: 'interface', scope: '', name, mac, mtu, up, vlans },
      form: { type: 'bond' },
      port: bridge === null ? null : bridgePort(bridge),
    },
  ],
  describe: ({ device, mode, bridge }) => `bond ${device} (${mode})${bridge === null ? '' : ` in ${bridge}`}`,
};
