import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the history of runs is: what the user's environment says, else for root with the machine's own state, else at home. */
export function historyPath(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const state = env['XDG_STATE_HOME'];
  if (state?.startsWith('/') === true) return historyIn(join(state, 'trunkline'));
  return historyIn(process.geteuid?.() === 0 ? '/var/lib/trunkline' : join(homedir(), '.local/state/trunkline'));
}

export function historyIn(folder: string): string {
  return join(folder, 'history.sqlite');
}
