import { canonicalJson } from '../../core/json.ts';
import type { Command } from '../../flow/command.ts';
import type { Record } from './resource.ts';

/**
 * In /run, which ends with the boot as everything does that is borrowed: a record that outlived it would have us take back
 * from others what this boot gave them. Keep it as in server/observe/host.ts.
 */
export function recordPath(topology: string): string {
  return `/run/trunkline/borrowed/${topology}.json`;
}

export function recordCommands(before: Record | undefined, after: Record | undefined): readonly Command[] {
  const topology = after?.topology ?? before?.topology;
  if (topology === undefined) return [];
  return [{ tool: 'file', scope: '', path: recordPath(topology), content: after === undefined ? null : text(after) }];
}

function text({ format, topology, former }: Record): string {
  return `${canonicalJson({ format, topology, former })}\n`;
}
