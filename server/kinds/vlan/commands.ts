import type { Command } from '../../flow/command.ts';
import type { RenderContext } from '../kind.ts';
import { IN_OUR_GROUP, ip, markArgs, removeLink, setLink } from '../link-commands.ts';
import type { Vlan } from './resource.ts';

export function vlanDeviceCommands(
  before: Vlan | undefined,
  after: Vlan | undefined,
  context: RenderContext,
): readonly Command[] {
  if (after === undefined) return before === undefined ? [] : [removeLink(context, before.device)];
  if (before === undefined) {
    const { device, bridge, vid, mac, mtu } = after;
    if (bridge === null) return [];
    return [
      ip(
        '',
        ...['link', 'add', 'link', bridge, 'name', device, ...IN_OUR_GROUP],
        ...(mac === null ? [] : ['address', mac]),
        ...['mtu', String(mtu), 'type', 'vlan', 'id', String(vid)],
      ),
      ...setLink('', device, [...(after.marked ? markArgs(context, after.id) : []), ...(after.up ? ['up'] : [])]),
    ];
  }
  return setLink('', before.device, [
    ...(before.up && !after.up ? ['down'] : []),
    ...(before.device === after.device ? [] : ['name', after.device]),
    ...(before.mac === after.mac || after.mac === null ? [] : ['address', after.mac]),
    ...(before.mtu === after.mtu ? [] : ['mtu', String(after.mtu)]),
    ...(after.marked && !before.marked ? markArgs(context, after.id) : []),
    ...(after.up && !before.up ? ['up'] : []),
  ]);
}
