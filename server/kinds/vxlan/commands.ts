import type { Command } from '../../flow/command.ts';
import type { RenderContext } from '../kind.ts';
import { bridgeTool, IN_OUR_GROUP, ip, markArgs, removeLink, setLink } from '../link-commands.ts';
import { vlanCommands } from '../link-vlans.ts';
import { ALL_ZERO_MAC } from './observe.ts';
import type { Vxlan } from './resource.ts';

export function vxlanCommands(
  before: Vxlan | undefined,
  after: Vxlan | undefined,
  context: RenderContext,
): readonly Command[] {
  if (after === undefined) return before === undefined ? [] : [removeLink(context, before.device)];
  if (before === undefined) return makeTunnel(after, context);
  const moved = before.bridge !== after.bridge;
  return [
    ...setLink('', before.device, [
      ...(before.up && !after.up ? ['down'] : []),
      ...(before.device === after.device ? [] : ['name', after.device]),
      ...(moved ? (after.bridge === null ? ['nomaster'] : ['master', after.bridge]) : []),
      ...(before.mtu === after.mtu ? [] : ['mtu', String(after.mtu)]),
      ...(after.marked && !before.marked ? markArgs(context, after.id) : []),
    ]),
    ...vlanCommands(after.device, moved ? [] : before.vlans, after.vlans),
    ...floodCommands(after.device, before.remotes, after.remotes),
    ...(after.up && !before.up ? setLink('', after.device, ['up']) : []),
  ];
}

function makeTunnel(tunnel: Vxlan, context: RenderContext): readonly Command[] {
  const { device, bridge, vni, port, local, underlay, mtu } = tunnel;
  return [
    ip(
      '',
      ...['link', 'add', 'name', device, ...IN_OUR_GROUP, 'mtu', String(mtu)],
      ...(bridge === null ? [] : ['master', bridge]),
      ...['type', 'vxlan', 'id', String(vni), ...(local === null ? [] : ['local', local])],
      ...(underlay === null ? [] : ['dev', underlay]),
      ...['dstport', String(port)],
    ),
    ...(tunnel.marked ? setLink('', device, markArgs(context, tunnel.id)) : []),
    ...vlanCommands(device, [], tunnel.vlans),
    ...floodCommands(device, [], tunnel.remotes),
    ...(tunnel.up ? setLink('', device, ['up']) : []),
  ];
}

/** `append`, because the entries are all for one address; `add` would refuse the second. */
function floodCommands(device: string, before: readonly string[], after: readonly string[]): readonly Command[] {
  const line = (verb: string, remote: string): Command =>
    bridgeTool('fdb', verb, ALL_ZERO_MAC, 'dev', device, 'dst', remote, 'self', 'permanent');
  return [
    ...after.filter((each) => !before.includes(each)).map((remote) => line('append', remote)),
    ...before.filter((each) => !after.includes(each)).map((remote) => line('del', remote)),
  ];
}
