/** Here or on a server: the one place where a verb decides it. */
import type { Command } from 'commander';
import type { Answer } from '../context.ts';
import type { There } from './server.ts';

interface ServerOption {
  readonly server?: string;
}

/** For verbs that a server can answer as well. */
export function takesServer(command: Command): Command {
  return command.option('--server <url>', 'ask this server instead of acting here (default: $TRUNKLINE_SERVER)');
}

/** `there` where `--server` or `TRUNKLINE_SERVER` names one: nothing of this machine is looked at then, `here` otherwise. */
export async function hereOrThere(
  { server }: ServerOption,
  here: () => Promise<Answer>,
  there: (there: There) => Promise<Answer>,
): Promise<Answer> {
  const url = server ?? process.env['TRUNKLINE_SERVER'] ?? '';
  if (url === '') return here();
  const { askServer } = await import('./server.ts');
  return there(await askServer(url));
}
