/**
 * Trunkline's own known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): keys get into it by `trunkline trust` only, and no other
 * file is believed. Lines that people write into it, comments too, stay as they are.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from '../core/failure.ts';

export interface HostKey {
  /** `ssh-ed25519` */
  readonly type: string;
  /** The key itself, in base64. */
  readonly blob: string;
}

/** `$XDG_CONFIG_HOME/trunkline/known_hosts`; where that is not set, /etc/trunkline/known_hosts for root, else below ~/.config. */
export function knownHostsFile(): string {
  const set = process.env['XDG_CONFIG_HOME'];
  if (set !== undefined && set.startsWith('/')) return join(set, 'trunkline/known_hosts');
  return process.getuid?.() === 0 ? '/etc/trunkline/known_hosts' : join(homedir(), '.config/trunkline/known_hosts');
}

/** As ssh-keygen(1) shows it. */
export function fingerprintOf({ blob }: HostKey): string {
  return `SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`;
}

/** The keys that a file has for a name; none where there is no file. */
export async function knownKeys(file: string, alias: string): Promise<readonly HostKey[]> {
  return (await readLines(file)).flatMap((line) => keyIn(line, alias) ?? []);
}

/** Writes the one key that the name has from now on. Readers see the old file or the new one, also after a power cut. */
export async function recordKey(file: string, alias: string, key: HostKey): Promise<void> {
  const others = (await readLines(file)).filter((line) => keyIn(line, alias) === null);
  const text = [...others, lineOf(alias, key)].map((line) => `${line}\n`).join('');
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    const handle = await open(draft, 'wx', 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    throw new Failure('no-rights', `${file} cannot be written`, { detail: cause.message, cause });
  }
}

export function lineOf(alias: string, { type, blob }: HostKey): string {
  return `${alias} ${type} ${blob}`;
}

/** The key that a line has for a name; `null` for a line of others, a comment, a marker (`@revoked`, `@cert-authority`). */
function keyIn(line: string, alias: string): HostKey | null {
  const [names = '', type = '', blob = ''] = line.trim().split(/\s+/);
  if (!names.split(',').includes(alias) || !isKey(type, blob)) return null;
  return { type, blob };
}

function isKey(type: string, blob: string): boolean {
  return /^[a-z0-9@.-]+$/.test(type) && /^[A-Za-z0-9+/]+={0,2}$/.test(blob);
}

async function readLines(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw new Failure('no-rights', `${file} cannot be read`, {
      ...(cause instanceof Error ? { detail: cause.message } : {}),
      cause,
    });
  });
  return text.split('\n').filter((line, index, all) => index < all.length - 1 || line !== '');
}
