import type { Command } from '../../flow/command.ts';
import { setLink } from '../link-commands.ts';
import { vlanCommands } from '../link-vlans.ts';
import type { Port } from './resource.ts';

/** Sets what is needed and nothing else: no mark, no group, no address. */
export function portCommands(before: Port | undefined, after: Port | undefined): readonly Command[] {
  if (after === undefined) return before === undefined ? [] : setLink('', before.device, ['nomaster']);
  const moved = before?.bridge !== after.bridge;
  const mtu = before?.mtu ?? 0;
  const resized = after.borrowed ? mtu < after.mtu : mtu !== after.mtu;
  return [
    ...setLink('', after.device, [
      ...(before?.up !== false && !after.up ? ['down'] : []),
      ...(!moved ? [] : after.bridge !== null ? ['master', after.bridge] : before === undefined ? [] : ['nomaster']),
      ...(resized && (before !== undefined || !after.borrowed) ? ['mtu', String(after.mtu)] : []),
    ]),
    // A port that leaves a bridge leaves its VLANs there.
    ...vlanCommands(after.device, moved ? [] : before.vlans, after.vlans),
    ...(before?.up !== true && after.up ? setLink('', after.device, ['up']) : []),
  ];
}
