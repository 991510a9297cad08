import type { Command } from '../../flow/command.ts';
import type { Stage } from '../kind.ts';
import type { Sysctl } from './resource.ts';

/** A setting is never unset by itself: it goes with its interface or namespace, or gets its former value back. */
export function sysctlCommands(_before: Sysctl | undefined, after: Sysctl | undefined): readonly Command[] {
  if (after === undefined) return [];
  const { scope, path, value } = after;
  // Linux 6.17 brought it; before, nothing is forwarded by an interface of its own accord.
  const optional = path.endsWith('/force_forwarding') && value === '0';
  return [{ tool: 'sysctl', scope, path, value, ...(optional ? { optional } : {}) }];
}

export function sysctlStages(before: Sysctl | undefined, after: Sysctl | undefined): readonly Stage<Sysctl>[] {
  if (after === undefined) return leaving(before);
  if (!isForwarding(after)) return [{ effect: 'builds', state: after }];
  if (after.value !== '0') return [{ effect: 'opens', state: after }];
  // A new interface has to be there first; a borrowed one's former value has to be kept first.
  return [{ effect: before === undefined || after.borrowed ? 'builds' : 'closes', state: after }];
}

/**
 * In a host's own stack the filter goes as well when a gateway there does, and not with the interface: before anything of it is
 * taken away, nothing is forwarded any more.
 */
function leaving(before: Sysctl | undefined): readonly Stage<Sysctl>[] {
  const gone: Stage<Sysctl> = { effect: 'removes', state: undefined };
  if (before?.scope !== '' || !isForwarding(before) || before.value === '0') return [gone];
  return [{ effect: 'closes', state: { ...before, value: '0' } }, gone];
}

export function isForwarding({ path }: Pick<Sysctl, 'path'>): boolean {
  return path.endsWith('/forwarding') || path.endsWith('/force_forwarding') || path.endsWith('/ip_forward');
}
