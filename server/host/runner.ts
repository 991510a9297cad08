import { hostname } from 'node:os';
import type { HostConnection } from './connection.ts';
import { SESSION_SCRIPT } from './script.ts';
import { startSession } from './session.ts';

/** This machine itself. */
export function connectLocal(host: string): HostConnection {
  return connectThrough(host, []);
}

/**
 * A machine or namespace that is entered by putting `prefix` before the command (`nsenter --target 4711 --net …`).
 * `open` throws a Failure: `locked` with the holder's name, `host-unreachable` where the session does not come to stand.
 */
export function connectThrough(host: string, prefix: readonly string[]): HostConnection {
  return {
    host,
    open({ lock }) {
      const session = ['sh', '-c', SESSION_SCRIPT, 'trunkline-session', lock ? 'lock' : 'free', lockHolder()];
      return startSession({ host, argv: [...prefix, ...session] });
    },
  };
}

/** Whom others are told that a host is held by. */
export function lockHolder(): string {
  const user = process.env['USER'] ?? `uid ${String(process.geteuid?.())}`;
  return `${user} on ${hostname()}, pid ${String(process.pid)}`;
}
