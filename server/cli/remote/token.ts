import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';

/**
 * The token for a server: from `TRUNKLINE_TOKEN`, or from a file that nobody else may read (`TRUNKLINE_TOKEN_FILE`, by default
 * `~/.config/trunkline/token`). Never from the command line, where everybody on the machine sees it. Throws `usage`.
 */
export async function readToken(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const told = env['TRUNKLINE_TOKEN'] ?? '';
  const path = env['TRUNKLINE_TOKEN_FILE'] ?? join(configFolder(env), 'trunkline', 'token');
  const token = (told === '' ? await readTokenFile(path) : told).trim();
  if (/^[\x21-\x7e]{1,512}$/.test(token)) return token;
  throw new Failure('usage', 'The token for the server is none.', { detail: adviceFor(path) });
}

function configFolder(env: NodeJS.ProcessEnv): string {
  const told = env['XDG_CONFIG_HOME'] ?? '';
  return told === '' ? join(homedir(), '.config') : told;
}

function adviceFor(path: string): string {
  return `Make one on the page of the server, and put it into TRUNKLINE_TOKEN, or into ${path} with mode 0600.`;
}

async function readTokenFile(path: string): Promise<string> {
  let file;
  try {
    // Opening a pipe would otherwise wait for somebody to write to it.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new Failure('usage', 'There is no token for the server.', { detail: adviceFor(path), cause });
  }
  try {
    const about = await file.stat();
    if (!about.isFile() || (about.mode & 0o077) !== 0)
      throw new Failure('usage', 'Others may read the token for the server.', {
        detail: `It would not be yours alone: chmod 600 ${path}`,
      });
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
