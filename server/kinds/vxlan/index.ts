import type { Kind } from '../kind.ts';
import { bridgePort } from '../link-standing.ts';
import { bridgeId, linkSlot, onLink } from '../link-ids.ts';
import { vxlanCommands } from './commands.ts';
import { desireVxlans } from './desire.ts';
import { observeVxlans, vxlanInTheWay } from './observe.ts';
import { Vxlan } from './resource.ts';
import { vxlanStages } from './stages.ts';

/** VXLAN devices: each the port of its network's bridge that leads to the other hosts. */
export const vxlan: Kind<Vxlan> = {
  name: 'vxlan',
  schema: Vxlan,
  desire: desireVxlans,
  observe: observeVxlans,
  obstacle: vxlanInTheWay,
  refers: ({ bridge, underlayLink }) => [
    ...(bridge === null ? [] : [{ to: bridgeId(bridge), diesWith: false, leavesFirst: true }]),
    // The kernel removes a VXLAN device together with the interface it is bound to.
    ...(underlayLink === null ? [] : [onLink(underlayLink)]),
  ],
  slots: ({ device, vni, port }) => [linkSlot('', device), `vni:${String(vni)}/${String(port)}`],
  // The kernel answers "operation not supported" to a change of VNI or port, and binds the rest when the device is made.
  replaces: (before, after) =>
    before.vni !== after.vni ||
    before.port !== after.port ||
    before.local !== after.local ||
    before.underlay !== after.underlay,
  stages: vxlanStages,
  commands: vxlanCommands,
  cost(before, after) {
    if (before === undefined) return 'hitless';
    if (after === undefined) return 'reconnect';
    return before.bridge === after.bridge && before.up === after.up ? 'hitless' : 'flap';
  },
  touches(before, after) {
    const was = before?.device ?? '';
    if (after === undefined) return [{ on: 'link', device: was, link: null }];
    const { device, up, mtu, bridge: master, vlans, remotes } = after;
    // Whoever manages the host from behind the tunnel may be behind any of its ends.
    const other = before !== undefined && before.remotes.some((each) => !remotes.includes(each));
    const leads = other ? { leads: `to ${remotes.join(', ')}` } : {};
    const link = { type: 'vxlan', up, mtu, master, vlans, ...leads };
    return [{ on: 'link', device, ...(was === '' ? {} : { was }), link }];
  },
  standing: ({ device: name, bridge, vlans, vni, port, local, remotes, mtu, up }) => [
    {
      ...{ on: 'interface', scope: '', name, mtu, up, vlans },
      form: { type: 'vxlan', vni, port, local, remotes },
      port: bridge === null ? null : bridgePort(bridge),
    },
  ],
  describe: ({ device, vni, local }) => `VXLAN device ${device} (VNI ${String(vni)} from ${local ?? 'any address'})`,
};
