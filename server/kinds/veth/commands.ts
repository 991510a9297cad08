import type { Command } from '../../flow/command.ts';
import type { RenderContext } from '../kind.ts';
import { IN_OUR_GROUP, ip, markArgs, removeLink, setLink } from '../link-commands.ts';
import { isolatePort } from '../link-isolation.ts';
import { leaveForeignVlans, vlanCommands } from '../link-vlans.ts';
import type { Veth } from './resource.ts';

export function vethCommands(
  before: Veth | undefined,
  after: Veth | undefined,
  context: RenderContext,
): readonly Command[] {
  if (after === undefined) return before === undefined ? [] : [removeLink(context, before.device)];
  if (before === undefined) return makePair(after, context);
  const moved = before.bridge !== after.bridge;
  return [
    ...setLink('', before.device, [
      ...(before.device === after.device ? [] : ['name', after.device]),
      ...(before.up && !after.up ? ['down'] : []),
      ...(moved ? (after.bridge === null ? ['nomaster'] : ['master', after.bridge]) : []),
      ...(before.mac === after.mac || after.mac === null ? [] : ['address', after.mac]),
      ...(before.mtu === after.mtu ? [] : ['mtu', String(after.mtu)]),
      ...(after.marked && !before.marked ? markArgs(context, after.id) : []),
      ...(after.up && !before.up ? ['up'] : []),
    ]),
    ...changePeer(before, after, context),
    ...isolatePort(moved ? undefined : before, after),
    ...(moved ? leaveForeignVlans(after) : []),
    // A port that leaves a bridge leaves its VLANs there.
    ...vlanCommands(after.device, moved ? [] : before.vlans, after.vlans),
  ];
}

/**
 * One message makes both ends, puts the one into the bridge and the other into its namespace. One queue an end: the kernel
 * waits out a grace period to set up more. The far end cannot be made up (ENOTCONN).
 */
function makePair(pair: Veth, context: RenderContext): readonly Command[] {
  const { device, bridge, mtu, up, peer } = pair;
  const queues = ['numtxqueues', '1', 'numrxqueues', '1'];
  const free = peer.device ?? freeEnd(device);
  const far = [
    ...['name', free],
    ...(peer.namespace === null ? [] : ['netns', peer.namespace]),
    ...IN_OUR_GROUP,
    ...(peer.mac === null ? [] : ['address', peer.mac]),
    ...(peer.mtu === null ? [] : ['mtu', String(peer.mtu)]),
    ...queues,
  ];
  return [
    ip(
      '',
      ...['link', 'add', 'name', device, ...IN_OUR_GROUP, ...queues, 'mtu', String(mtu), ...(up ? ['up'] : [])],
      ...(pair.mac === null ? [] : ['address', pair.mac]),
      ...(bridge === null ? [] : ['master', bridge]),
      ...['type', 'veth', 'peer', ...far],
    ),
    ...(pair.marked ? setLink('', device, markArgs(context, pair.id)) : []),
    ...isolatePort(undefined, pair),
    ...leaveForeignVlans(pair),
    ...vlanCommands(device, [], pair.vlans),
    ...setLink(peer.namespace ?? '', free, [
      ...(pair.marked ? markArgs(context, pair.id, true) : []),
      ...(peer.up ? ['up'] : []),
    ]),
  ];
}

/**
 * Nobody knows what the end was called that a guest had taken along; put back, it is called like the one on the host without
 * its `p`, which it mostly was. It needs a name: without one `ip` takes no group ("group cannot be used when creating devices").
 */
function freeEnd(device: string): string {
  return device.slice(1);
}

function changePeer(before: Veth, after: Veth, context: RenderContext): readonly Command[] {
  const [from, to] = [before.peer, after.peer];
  if (from.device === null || to.device === null) return [];
  return setLink(from.namespace ?? '', from.device, [
    ...(from.up && !to.up ? ['down'] : []),
    ...(from.device === to.device ? [] : ['name', to.device]),
    ...(from.mac === to.mac || to.mac === null ? [] : ['address', to.mac]),
    ...(from.mtu === to.mtu || to.mtu === null ? [] : ['mtu', String(to.mtu)]),
    ...(after.marked && !before.marked ? markArgs(context, after.id, true) : []),
    ...(to.up && !from.up ? ['up'] : []),
  ]);
}
