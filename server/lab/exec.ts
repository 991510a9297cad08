import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { tryTool } from './tool.ts';
import type { ToolResult } from './tool.ts';
import { enterNode } from './enter.ts';
import { nodeOf } from './lab.ts';
import type { Lab } from './lab.ts';

/** Before a command that is to run in a node: a host, a guest, `internet`, or a gateway member (`vgw-1@gw-x`). */
export function execPrefix(lab: Lab, node: string): readonly string[] {
  const member = lab.members[node];
  if (member === undefined) return enterNode(nodeOf(lab, node));
  const host = enterNode(nodeOf(lab, member.host));
  return member.namespace === null ? host : [...host, 'ip', 'netns', 'exec', member.namespace];
}

/** Runs a command in a node with this process's input and output; gives its exit code, as a shell would. */
export async function labExec(lab: Lab, node: string, argv: readonly string[]): Promise<number> {
  const [file = '', ...args] = [...execPrefix(lab, node), ...argv];
  const child = spawn(file, args, { stdio: 'inherit' });
  // What ends us from the terminal reaches the command as well, and it is the command that decides.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}

/** Constant: no word of a topology is in it. Neither shell reads files that would change the prompt. */
const SHELL = [
  'i=; [ -t 0 ] && i=-i',
  'command -v bash >/dev/null && exec bash --norc --noprofile $i',
  // Only bash knows \w.
  'PS1="${PS1%%:*}# " exec sh $i',
].join('; ');

/** An interactive shell whose prompt names the node; what `labExec` runs where no command is given. */
export function shellCommand(node: string): readonly string[] {
  return ['env', '-u', 'PROMPT_COMMAND', '-u', 'ENV', `PS1=${node}:\\w# `, 'sh', '-c', SHELL];
}

/** Runs a command in a node without input, and gives what it wrote. */
export function labRun(lab: Lab, node: string, argv: readonly string[]): Promise<ToolResult> {
  return tryTool([...execPrefix(lab, node), ...argv]);
}
