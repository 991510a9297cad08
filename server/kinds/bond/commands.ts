import type { Command } from '../../flow/command.ts';
import type { RenderContext } from '../kind.ts';
import { IN_OUR_GROUP, ip, markArgs, removeLink, setLink, UNMARKED } from '../link-commands.ts';
import { leaveForeignVlans, vlanCommands } from '../link-vlans.ts';
import type { Bond } from './resource.ts';

export function bondCommands(
  before: Bond | undefined,
  after: Bond | undefined,
  context: RenderContext,
): readonly Command[] {
  if (after === undefined) return before === undefined ? [] : [removeLink(context, before.device)];
  if (before === undefined) return makeBond(after, context);
  const moved = before.bridge !== after.bridge;
  const options = [
    ...(before.miimon === after.miimon ? [] : ['miimon', String(after.miimon)]),
    ...(before.hash === after.hash || after.hash === null ? [] : ['xmit_hash_policy', after.hash]),
    ...(before.primary === after.primary || after.primary === null ? [] : ['primary', after.primary]),
  ];
  return [
    ...setLink('', before.device, [
      ...(before.up && !after.up ? ['down'] : []),
      ...(before.device === after.device ? [] : ['name', after.device]),
      ...(moved ? (after.bridge === null ? ['nomaster'] : ['master', after.bridge]) : []),
      ...(before.mac === after.mac ? [] : ['address', after.mac]),
      ...(before.mtu === after.mtu ? [] : ['mtu', String(after.mtu)]),
      ...(after.marked && !before.marked ? markArgs(context, after.id) : []),
      ...(before.marked && !after.marked ? UNMARKED : []),
    ]),
    ...(options.length === 0 ? [] : setLink('', after.device, ['type', 'bond', ...options])),
    ...(moved ? leaveForeignVlans(after) : []),
    ...vlanCommands(after.device, moved ? [] : before.vlans, after.vlans),
    ...(after.up && !before.up ? setLink('', after.device, ['up']) : []),
  ];
}

/** Its ports join later, each by itself. The primary one may be named before it is a port. */
function makeBond(bond: Bond, context: RenderContext): readonly Command[] {
  const { device, mode, hash, primary, lacpRate, miimon, mac, mtu, bridge } = bond;
  return [
    ip(
      '',
      ...['link', 'add', 'name', device, ...IN_OUR_GROUP, 'address', mac, 'mtu', String(mtu)],
      ...(bridge === null ? [] : ['master', bridge]),
      ...['type', 'bond', 'mode', mode, 'miimon', String(miimon)],
      ...(hash === null ? [] : ['xmit_hash_policy', hash]),
      ...(lacpRate === null ? [] : ['lacp_rate', lacpRate]),
      ...(primary === null ? [] : ['primary', primary]),
    ),
    ...(bond.marked ? setLink('', device, markArgs(context, bond.id)) : []),
    ...leaveForeignVlans(bond),
    ...vlanCommands(device, [], bond.vlans),
    ...(bond.up ? setLink('', device, ['up']) : []),
  ];
}
