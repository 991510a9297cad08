import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the history of runs is: what the user's environment says, else for root with the machine's own state, else at home. */
export function historyPath(env: Environment = process.env): string {
  return historyIn(stateFolder(env));
}

/**
 * Where the server keeps who may sign in, and who tried what. It belongs to the user whom the web process runs as, and so does not
 * lie in the folder of the history, which nobody but root can look into.
 */
export function webFolder(env: Environment = process.env): string {
  return `${stateFolder(env)}-web`;
}

type Environment = Readonly<Record<string, string | undefined>>;

function stateFolder(env: Environment): string {
  const state = env['XDG_STATE_HOME'];
  if (state?.startsWith('/') === true) return join(state, 'trunkline');
  return process.geteuid?.() === 0 ? '/var/lib/trunkline' : join(homedir(), '.local/state/trunkline');
}

export function historyIn(folder: string): string {
  return join(folder, 'history.sqlite');
}
