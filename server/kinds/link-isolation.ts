/** `isolated: true` at a port of a bridge: the kernel forwards nothing between two ports that are so (bridge(8)). */
import type { Command } from '../flow/command.ts';
import type { LinkView } from '../flow/hostview.ts';
import type { Reference } from '../flow/resource.ts';
import { setLink } from './link-commands.ts';
import { ISOLATION_ID } from './link-ids.ts';

/** The table that judges the port's frames stands before the port does, and goes after it. */
export const BEHIND_ISOLATION: Reference = { to: ISOLATION_ID, diesWith: false };

interface BridgePort {
  readonly device: string;
  readonly bridge: string | null;
  readonly isolated: boolean;
}

/** @param before `undefined` for a port that just joined its bridge: it is not isolated there yet. */
export function isolatePort(before: BridgePort | undefined, after: BridgePort): readonly Command[] {
  if (after.bridge === null || (before?.isolated ?? false) === after.isolated) return [];
  return setLink('', after.device, ['type', 'bridge_slave', 'isolated', after.isolated ? 'on' : 'off']);
}

export function isIsolatedPort(link: LinkView): boolean {
  return link.slaveData['isolated'] === true;
}
