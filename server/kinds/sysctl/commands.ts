import type { Command } from '../../flow/command.ts';
import type { Stage } from '../kind.ts';
import type { Sysctl } from './resource.ts';

/** A setting is never unset by itself: it goes with its interface or namespace, or gets its former value back. */
export function sysctlCommands(_before: Sysctl | undefined, after: Sysctl | undefined): readonly Command[] {
  if (after === undefined) return [];
  const { scope, path, value } = after;
  return [{ tool: 'sysctl', scope, path, value }];
}

export function sysctlStages(before: Sysctl | undefined, after: Sysctl | undefined): readonly Stage<Sysctl>[] {
  if (after === undefined) return [{ effect: 'removes', state: after }];
  if (!isForwarding(after)) return [{ effect: 'builds', state: after }];
  if (after.value !== '0') return [{ effect: 'opens', state: after }];
  // A new interface has to be there first; a borrowed one's former value has to be kept first.
  return [{ effect: before === undefined || after.borrowed ? 'builds' : 'closes', state: after }];
}

function isForwarding({ path }: Sysctl): boolean {
  return path.endsWith('/forwarding') || path.endsWith('/ip_forward');
}
