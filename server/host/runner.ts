import { hostname } from 'node:os';
import type { HostConnection, HostSession, Program } from './connection.ts';
import { ownSshConnection } from './own-ssh-connection.ts';
import { SESSION_SCRIPT } from './script.ts';
import { startSession } from './session.ts';
import type { OwnSession } from './session.ts';

/** This machine itself. Whoever has come to it by ssh can cut his own way. */
export function connectLocal(host: string): HostConnection {
  return { host, open: ({ lock }) => openThrough(host, [], lock, ownSshConnection()) };
}

/** A session on this machine that is asked at once: see `run/ahead.ts`. */
export function startLocal(lock: boolean, asked: readonly Program[]): Promise<OwnSession> {
  const words = [lock ? 'lock' : 'free', lockHolder(), ownSshConnection()];
  return startSession({ host: 'this machine', argv: argvOf([], words), asked });
}

/**
 * A machine or namespace that is entered by putting `prefix` before the command (`nsenter --target 4711 --net …`).
 * `open` throws a Failure: `locked` with the holder's name, `host-unreachable` where the session does not come to stand.
 */
export function connectThrough(host: string, prefix: readonly string[]): HostConnection {
  return { host, open: ({ lock }) => openThrough(host, prefix, lock, '') };
}

function openThrough(
  host: string,
  prefix: readonly string[],
  lock: boolean,
  sshConnection: string,
): Promise<HostSession> {
  const words = [lock ? 'lock' : 'free', lockHolder(), sshConnection];
  return startSession({ host, argv: argvOf(prefix, words) });
}

function argvOf(prefix: readonly string[], words: readonly string[]): readonly string[] {
  return [...prefix, 'sh', '-c', SESSION_SCRIPT, 'trunkline-session', ...words];
}

/** Whom others are told that a host is held by. */
export function lockHolder(): string {
  const user = process.env['USER'] ?? `uid ${String(process.geteuid?.())}`;
  return `${user} on ${hostname()}, pid ${String(process.pid)}`;
}
