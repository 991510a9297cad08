/** Command lines that several link kinds render alike. A device is always behind `dev`: one may be called `up` or `dev`. */
import type { Command } from '../flow/command.ts';
import { formatMark, LINK_GROUP } from '../flow/mark.ts';
import type { ResourceId, Scope } from '../flow/resource.ts';
import type { RenderContext } from './kind.ts';

export function ip(scope: Scope, ...args: readonly string[]): Command {
  return { tool: 'ip', scope, args };
}

export function bridgeTool(...args: readonly string[]): Command {
  return { tool: 'bridge', scope: '', args };
}

/** `ip link set dev DEVICE …`; nothing where there is nothing to set. */
export function setLink(scope: Scope, device: string, args: readonly string[]): readonly Command[] {
  return args.length === 0 ? [] : [ip(scope, 'link', 'set', 'dev', device, ...args)];
}

/** Goes into the line that makes a link: between that line and the mark's, the group tells that the link is ours. */
export const IN_OUR_GROUP = ['group', String(LINK_GROUP)] as const;

/** The alias cannot be set in the line that makes the link: the kernel ignores it there. */
export function markArgs(context: RenderContext, id: ResourceId, peer = false): readonly string[] {
  return ['alias', formatMark(context.topology, id, peer)];
}

/** Takes the mark away again: from what was adopted and is given back, or was half made. */
export const UNMARKED = ['alias', ''] as const;

/** Deleting links one by one takes 17-42 ms each, deleting a group of 200 takes 0.15 s: so each only joins the doomed group. */
export function removeLink(context: RenderContext, device: string): Command {
  const group = context.doomedGroup;
  return {
    tool: 'ip',
    scope: '',
    args: ['link', 'set', 'dev', device, 'group', String(group)],
    sweep: { group, device },
  };
}
