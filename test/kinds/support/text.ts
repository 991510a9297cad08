/** Commands as text, one a line, the way the tools are told. */
import { showCommand } from '../../../server/flow/command.ts';
import type { Command } from '../../../server/flow/command.ts';
import type { Resource } from '../../../server/flow/resource.ts';
import type { Kind, RenderContext } from '../../../server/kinds/kind.ts';

export const CONTEXT: RenderContext = { topology: 'shop', doomedGroup: 29_810 };

export function text(commands: readonly Command[]): string {
  return commands.map((each) => showCommand(each).argv.join(' ')).join('\n');
}

/** A change as its stages: each effect with the commands that lead there. */
export function staged<R extends Resource>(kind: Kind<R>, before: R | undefined, after: R | undefined): string {
  const stages = kind.stages?.(before, after) ?? [{ effect: after === undefined ? 'removes' : 'builds', state: after }];
  let state = before;
  return stages
    .map((stage) => {
      const lines = text(kind.commands(state, stage.state, CONTEXT));
      state = stage.state;
      return [`${stage.effect}:`, ...lines.split('\n').filter((line) => line !== '')].join('\n');
    })
    .join('\n');
}
