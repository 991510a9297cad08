import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lineOf } from '../../host/known-hosts.ts';
import { eachLimited, runTool } from '../tool.ts';
import { keyAliasOf, sshFiles, sshFolder } from './target.ts';

/** What is written into a host: its own key, and the one that it lets in. */
export interface LabKeys {
  /** Of each host, in OpenSSH's format. */
  readonly hostKeys: ReadonlyMap<string, string>;
  /** A line for authorized_keys. */
  readonly client: string;
}

/** Keys of the lab, made where there are none yet; and the list of them that its connections believe. */
export async function makeKeys(topology: string, labFolder: string, hosts: readonly string[]): Promise<LabKeys> {
  const folder = sshFolder(labFolder);
  const { clientKey, knownHosts } = sshFiles(labFolder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = new Map(hosts.map((host) => [host, join(folder, `${host}.host`)]));
  await eachLimited([clientKey, ...files.values()], 4, makeKey);
  const hostKeys = new Map<string, string>();
  const lines: string[] = [];
  for (const [host, file] of files) {
    hostKeys.set(host, await readFile(file, 'utf8'));
    const [type = '', blob = ''] = (await readFile(`${file}.pub`, 'utf8')).split(' ');
    lines.push(`${lineOf(keyAliasOf(topology, host), { type, blob: blob.trim() })}\n`);
  }
  const draft = `${knownHosts}.new`;
  await writeFile(draft, lines.join(''), { mode: 0o600 });
  await rename(draft, knownHosts);
  return { hostKeys, client: await readFile(`${clientKey}.pub`, 'utf8') };
}

/** A pair is there when its private half is: that one comes last. */
async function makeKey(file: string): Promise<void> {
  const there = await access(file).then(
    () => true,
    () => false,
  );
  if (there) return;
  const draft = `${file}.new`;
  await rm(draft, { force: true });
  await runTool('make a key', ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', draft]);
  await rename(`${draft}.pub`, `${file}.pub`);
  await rename(draft, file);
}
