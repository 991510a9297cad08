/** The key that a host proves to have, found out without letting it know who asks: ssh goes no further than the exchange of keys. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../core/failure.ts';
import { knownKeys } from './known-hosts.ts';
import type { HostKey } from './known-hosts.ts';
import { explainSshEnd } from './ssh-failure.ts';
import { optionPath, sshArguments } from './ssh-target.ts';
import type { SshTarget } from './ssh-target.ts';

const LIMIT_MS = 60_000;
const OUTPUT_MOST = 256 * 1024;

/** Whether the host proves to have one of the keys that are known of it. Throws where it cannot be asked. */
export async function provesKnownKey(target: SshTarget): Promise<boolean> {
  const failure = await exchangeKeys(target, {});
  if (failure?.kind === 'host-identity') return false;
  if (failure !== null) throw failure;
  return true;
}

/** The key that a host has now, over the way that sessions take (jump hosts included). Throws where it cannot be asked. */
export async function fetchHostKey(target: SshTarget): Promise<HostKey> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-key-'));
  try {
    const file = join(folder, 'known_hosts');
    const failure = await exchangeKeys(target, {
      StrictHostKeyChecking: 'accept-new',
      UserKnownHostsFile: optionPath(file),
    });
    const [key] = await knownKeys(file, target.keyAlias);
    if (key !== undefined) return key;
    throw failure ?? new Failure('host-unreachable', `${target.host} has shown no key`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** `null` where the keys were exchanged, whether or not the host would let us in afterwards. */
async function exchangeKeys(target: SshTarget, more: Readonly<Record<string, string>>): Promise<Failure | null> {
  const alone = { ControlMaster: 'no', ControlPath: 'none', PreferredAuthentications: 'none', ...more };
  const result = await execa('ssh', [...sshArguments(target, alone), 'true'], {
    stdin: 'ignore',
    reject: false,
    timeout: LIMIT_MS,
    maxBuffer: OUTPUT_MOST,
  });
  if (result.exitCode === 0) return null;
  const { exitCode, code, stderr, shortMessage: summary = '' } = result;
  const failure = explainSshEnd(target, { exitCode, code, stderr, greeting: '', ready: false, summary });
  return failure.kind === 'no-rights' ? null : failure;
}

/** How ssh-keygen(1) shows a key: `256 SHA256:… gw-x.example.net (ED25519)`. */
export async function shownKey(alias: string, { type, blob }: HostKey): Promise<string> {
  const { stdout } = await execa('ssh-keygen', ['-l', '-f', '-'], { input: `${alias} ${type} ${blob}\n` });
  return stdout.trim();
}
