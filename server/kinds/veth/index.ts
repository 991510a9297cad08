import type { Kind } from '../kind.ts';
import { BEHIND_ISOLATION } from '../link-isolation.ts';
import { bridgeId, linkSlot, netnsId } from '../link-ids.ts';
import { vethCommands } from './commands.ts';
import { desireVeths } from './desire.ts';
import { observeVeths, vethInTheWay } from './observe.ts';
import { Veth } from './resource.ts';
import { vethStages } from './stages.ts';
import { vethStanding } from './standing.ts';

/** The NICs of guests and gateways. */
export const veth: Kind<Veth> = {
  name: 'veth',
  schema: Veth,
  desire: desireVeths,
  observe: observeVeths,
  obstacle: vethInTheWay,
  refers: ({ bridge, isolated, peer }) => [
    ...(isolated ? [BEHIND_ISOLATION] : []),
    ...(bridge === null ? [] : [{ to: bridgeId(bridge), diesWith: false, leavesFirst: true }]),
    // Not left to die with the namespace: the kernel takes such a pair down some time later, and until then the name on the
    // host is taken.
    ...(peer.namespace === null ? [] : [{ to: netnsId(peer.namespace), diesWith: false }]),
  ],
  slots: ({ device, peer }) => [
    linkSlot('', device),
    ...(peer.device === null ? [] : [linkSlot(peer.namespace ?? '', peer.device)]),
  ],
  // An end that was taken somewhere else cannot be fetched from there.
  replaces: (before, after) => before.peer.namespace !== after.peer.namespace || before.peer.device === null,
  stages: vethStages,
  commands: vethCommands,
  cost(before, after) {
    if (before === undefined) return 'hitless';
    if (after === undefined) return 'reconnect';
    const rewired = before.bridge !== after.bridge || JSON.stringify(before.vlans) !== JSON.stringify(after.vlans);
    const bounced = before.up !== after.up || before.peer.up !== after.peer.up;
    return rewired || bounced || before.peer.mac !== after.peer.mac ? 'flap' : 'hitless';
  },
  touches(before, after) {
    const was = before?.device ?? '';
    if (after === undefined) return [{ on: 'link', device: was, link: null }];
    const { device, up, mtu, bridge: master, vlans } = after;
    return [{ on: 'link', device, ...(was === '' ? {} : { was }), link: { type: 'veth', up, mtu, master, vlans } }];
  },
  standing: vethStanding,
  describe({ device, bridge, peer }) {
    const far =
      peer.namespace === null ? (peer.device ?? 'taken by its guest') : `${peer.device ?? '?'} in ${peer.namespace}`;
    return `veth ${device} (${bridge === null ? 'in no bridge' : `port of ${bridge}`}) to ${far}`;
  },
};
