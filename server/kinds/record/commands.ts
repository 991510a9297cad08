import { canonicalJson } from '../../core/json.ts';
import type { Command } from '../../flow/command.ts';
import type { Record } from './resource.ts';

export function recordPath(topology: string): string {
  return `/var/lib/trunkline/${topology}/record.json`;
}

export function recordCommands(before: Record | undefined, after: Record | undefined): readonly Command[] {
  const topology = after?.topology ?? before?.topology;
  if (topology === undefined) return [];
  return [{ tool: 'file', scope: '', path: recordPath(topology), content: after === undefined ? null : text(after) }];
}

function text({ format, topology, former }: Record): string {
  return `${canonicalJson({ format, topology, former })}\n`;
}
