import type { Command } from '../../flow/command.ts';
import { setLink } from '../link-commands.ts';
import { isolatePort } from '../link-isolation.ts';
import { leaveForeignVlans, vlanCommands } from '../link-vlans.ts';
import type { Port } from './resource.ts';

/** Sets what is needed and nothing else: no mark, no group, no address. */
export function portCommands(before: Port | undefined, after: Port | undefined): readonly Command[] {
  if (after === undefined) return before === undefined ? [] : setLink('', before.device, ['nomaster']);
  const moved = before === undefined || masterOf(before) !== masterOf(after);
  const leavesBond = moved && before !== undefined && before.bond !== null;
  const lowered = !leavesBond && mustBeDown(before, after, moved);
  const steps = [lowered ? ['down'] : [], moved ? masterWords(before, after) : [], mtuWords(before, after, leavesBond)];
  // Of a bond the kernel wants one thing at a time: a port that is down already, and the MTU of one that has left.
  const bonded = leavesBond || (moved && after.bond !== null);
  return [
    ...(bonded ? steps : [steps.flat()]).flatMap((words) => setLink('', after.device, words)),
    ...isolatePort(moved ? undefined : before, after),
    ...(moved ? leaveForeignVlans(after) : []),
    // A port that leaves a bridge leaves its VLANs there.
    ...vlanCommands(after.device, moved ? [] : (before.vlans ?? []), after.vlans ?? []),
    // The kernel sets a port down that it takes out of a bond.
    ...(after.up && (before?.up !== true || lowered || leavesBond) ? setLink('', after.device, ['up']) : []),
  ];
}

function masterOf({ bridge, bond }: Port): string | null {
  return bond ?? bridge;
}

/**
 * The kernel refuses a bond a port that is up. In a bridge of someone else's a port must not be heard before it has left the
 * VLAN that it is put into there.
 */
function mustBeDown(before: Port | undefined, after: Port, moved: boolean): boolean {
  if (before?.up === false) return false;
  return !after.up || (moved && (after.bond !== null || after.foreign));
}

function masterWords(before: Port | undefined, after: Port): readonly string[] {
  const master = masterOf(after);
  if (master !== null) return ['master', master];
  return before === undefined ? [] : ['nomaster'];
}

/**
 * A port in a bond has the bond's MTU, and the one before again when it leaves. What is borrowed is not lowered otherwise: others
 * may lie on it. Only what we raised goes back.
 */
function mtuWords(before: Port | undefined, after: Port, leavesBond: boolean): readonly string[] {
  const words = ['mtu', String(after.mtu)];
  if (leavesBond) return words;
  if (after.bond !== null) return [];
  const taken = after.borrowed && before?.borrowed !== true;
  if (before === undefined) return after.borrowed ? [] : words;
  return (taken ? before.mtu < after.mtu : before.mtu !== after.mtu) ? words : [];
}
