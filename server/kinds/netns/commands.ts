import type { Command } from '../../flow/command.ts';
import type { RenderContext } from '../kind.ts';
import { ip, markArgs } from '../link-commands.ts';
import type { Netns } from './resource.ts';

export function netnsCommands(
  before: Netns | undefined,
  after: Netns | undefined,
  context: RenderContext,
): readonly Command[] {
  if (after === undefined) return before === undefined ? [] : [ip('', 'netns', 'del', before.name)];
  // By way of `netns exec`, in the batch that makes the namespace: a batch of its own would come later, when others have put
  // things into it already, and a run cut off between the two would leave a namespace that nobody can tell whose it is.
  const mark = after.marked
    ? [ip('', 'netns', 'exec', after.name, 'ip', 'link', 'set', 'dev', 'lo', 'up', ...markArgs(context, after.id))]
    : [];
  return [...(before === undefined ? [ip('', 'netns', 'add', after.name)] : []), ...mark];
}
