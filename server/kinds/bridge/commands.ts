import type { Command } from '../../flow/command.ts';
import type { RenderContext } from '../kind.ts';
import { IN_OUR_GROUP, ip, markArgs, removeLink, setLink, UNMARKED } from '../link-commands.ts';
import { vlanCommands } from '../link-vlans.ts';
import type { Bridge } from './resource.ts';

/**
 * `forward_delay` is left alone: 0 is refused as long as spanning tree is on. So are the bridge's `nf_call_*`: where
 * br_netfilter is on for the whole stack, the flag of a single bridge cannot switch it off.
 */
export function bridgeCommands(
  before: Bridge | undefined,
  after: Bridge | undefined,
  context: RenderContext,
): readonly Command[] {
  if (after === undefined) return before === undefined ? [] : [removeLink(context, before.device)];
  if (before === undefined) return [...makeBridge(after, context), ...raise(after)];
  return [
    ...(before.up && !after.up ? setLink('', before.device, ['down']) : []),
    ...setLink('', before.device, [
      ...(before.device === after.device ? [] : ['name', after.device]),
      ...(before.mac === after.mac ? [] : ['address', after.mac]),
      ...(before.mtu === after.mtu ? [] : ['mtu', String(after.mtu)]),
      ...(after.marked && !before.marked ? markArgs(context, after.id) : []),
      ...(before.marked && !after.marked ? UNMARKED : []),
    ]),
    ...setLink('', after.device, changedOptions(before, after)),
    ...vlanCommands(after.device, before.vlans, after.vlans, true),
    ...(before.up ? [] : raise(after)),
  ];
}

/**
 * Made with another MTU than it is to have: the kernel keeps a bridge's MTU fixed only after it was changed once, and until
 * then it follows the smallest port.
 */
function makeBridge(bridge: Bridge, context: RenderContext): readonly Command[] {
  const { device, mac, mtu, vlanAware, stp, linkLocalLearning } = bridge;
  const otherMtu = mtu === 65_535 ? mtu - 1 : mtu + 1;
  return [
    ip(
      '',
      ...['link', 'add', 'name', device, ...IN_OUR_GROUP, 'address', mac, 'mtu', String(otherMtu)],
      ...['type', 'bridge', 'stp_state', stp ? '1' : '0', ...(vlanAware ? FILTERING : [])],
      ...(linkLocalLearning ? [] : ['no_linklocal_learn', '1']),
    ),
    ...setLink('', device, ['mtu', String(mtu), ...(bridge.marked ? markArgs(context, bridge.id) : [])]),
    ...vlanCommands(device, [], bridge.vlans, true),
  ];
}

/** Without a default PVID a new port is in no VLAN until it is put into one; else it would be in VLAN 1 at once. */
const FILTERING = ['vlan_default_pvid', '0', 'vlan_filtering', '1'];

function changedOptions(before: Bridge, after: Bridge): readonly string[] {
  const options = [
    ...(before.stp === after.stp ? [] : ['stp_state', after.stp ? '1' : '0']),
    ...(before.linkLocalLearning === after.linkLocalLearning
      ? []
      : ['no_linklocal_learn', after.linkLocalLearning ? '0' : '1']),
    ...(before.vlanAware === after.vlanAware ? [] : after.vlanAware ? FILTERING : ['vlan_filtering', '0']),
  ];
  return options.length === 0 ? [] : ['type', 'bridge', ...options];
}

function raise({ device, up }: Bridge): readonly Command[] {
  return up ? setLink('', device, ['up']) : [];
}
