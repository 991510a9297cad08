/**
 * A command is one line of work for one tool in one scope, as an argument list: no shell ever sees it. Commands of one tool
 * and scope that follow each other are run together (`ip -batch`, one atomic `nft -f`), see `server/run/batch.ts`; what a
 * plan shows is the command on its own.
 */
import type { Scope } from './resource.ts';
import type { ServiceFiles, ServiceName } from './service.ts';
import { CONTROL_NAME, folderOf, frameFiles, serviceKey } from './service.ts';

export type Command =
  /** One line of `ip` or `bridge`, without the tool's name and without `-n`. */
  | {
      readonly tool: 'ip' | 'bridge';
      readonly scope: Scope;
      readonly args: readonly string[];
      /** `-6`, where the words alone do not tell the family (`ip rule`); a batch has one for all its lines. */
      readonly family?: 6;
      /** Run once after all commands of the same sweep in a row: see `Sweep`. */
      readonly sweep?: Sweep;
    }
  /** Statements for `nft -f -`. All that follow each other in one scope are one transaction. */
  | { readonly tool: 'nft'; readonly scope: Scope; readonly input: string }
  /** Values written under /proc/sys. */
  | {
      readonly tool: 'sysctl';
      readonly scope: Scope;
      readonly path: string;
      readonly value: string;
      /** Left alone where the kernel has no such setting: then it is as if it had this value. */
      readonly optional?: true;
    }
  /** A file of ours written whole (new file, fsync, rename) or, with `content: null`, removed. */
  | { readonly tool: 'file'; readonly scope: ''; readonly path: string; readonly content: string | null }
  /** A service of ours in a network stack: its files are checked, then it is started, or told of them; with `null` it is ended. */
  | {
      readonly tool: 'service';
      readonly scope: Scope;
      readonly name?: ServiceName;
      readonly files: ServiceFiles | null;
    };

/**
 * The second half of removing many links at once: each was put into a link group that was seen empty; deleting the group
 * then takes 0.15 s for 200 links where one by one takes 4 s. Before it is deleted the group is read back, and must hold
 * exactly the named links.
 */
export interface Sweep {
  readonly group: number;
  readonly device: string;
}

/** A command as it is shown and saved. */
export interface ShownCommand {
  readonly argv: readonly string[];
  readonly stdin: string | null;
}

export function showCommand(command: Command): ShownCommand {
  switch (command.tool) {
    case 'ip':
    case 'bridge':
      return {
        argv: [command.tool, ...optionsOf(command), ...command.args],
        stdin: null,
      };
    case 'nft':
      return { argv: inScope(command.scope, ['nft', '-f', '-']), stdin: command.input };
    case 'sysctl':
      return {
        argv: inScope(command.scope, [
          'sysctl',
          ...(command.optional === true ? ['-e'] : []),
          '-q',
          '-w',
          `${command.path}=${command.value}`,
        ]),
        stdin: null,
      };
    case 'file':
      return command.content === null
        ? { argv: ['rm', '-f', command.path], stdin: null }
        : { argv: ['tee', command.path], stdin: command.content };
    case 'service': {
      const control = `${folderOf(command.scope, command.name)}/${CONTROL_NAME}`;
      const key = serviceKey(command.scope, command.name);
      return command.files === null
        ? { argv: ['sh', control, 'stop', key], stdin: null }
        : { argv: ['sh', control, 'take', key], stdin: frameFiles(command.files) };
    }
  }
}

/** What stands between the tool and its words: scope and family. */
export function optionsOf({ scope, family }: { readonly scope: Scope; readonly family?: 6 }): readonly string[] {
  return [...(scope === '' ? [] : ['-n', scope]), ...(family === undefined ? [] : [`-${String(family)}`])];
}

export function inScope(scope: Scope, argv: readonly string[]): readonly string[] {
  return scope === '' ? argv : ['ip', 'netns', 'exec', scope, ...argv];
}
