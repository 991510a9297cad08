import { Failure } from '../core/failure.ts';
import type { Host } from '../flow/model.ts';
import type { HostConnection } from '../host/connection.ts';
import { connectLocal } from '../host/runner.ts';
import { connectSsh } from '../host/ssh.ts';
import { accessText, targetOf } from '../host/ssh-target.ts';
import { parseAccess } from '../topology/grammar/access.ts';

export type { HostConnection };

/** The machine that this runs on, under the name that the topology has for it. */
export function connectThisMachine(host: string): HostConnection {
  return connectLocal(host);
}

/** A real host, as its `access` says. */
export function connectAsWritten({ name, access }: Pick<Host, 'name' | 'access'>): HostConnection {
  return access.type === 'local' ? connectLocal(name) : connectSsh(targetOf(name, access));
}

/** The same, for hosts that are only looked at: whoever changes a host takes its lock, and that is refused. */
export function connectReading(host: Host): HostConnection {
  const connection = connectAsWritten(host);
  return {
    host: connection.host,
    open({ lock }) {
      if (lock) throw new Failure('internal', `${host.name} was to be read only`);
      return connection.open({ lock: false });
    },
  };
}

/** The same by the words of a saved plan or of the history: what `accessName` gives. `undefined`: they name no real host. */
export function connectByName(host: string, access: string): HostConnection | undefined {
  const read = parseAccess(access);
  return read.ok ? connectAsWritten({ name: host, access: read.value }) : undefined;
}

/** `local`, or `ssh://root@gw-x.example.net`. */
export function accessName({ name, access }: Pick<Host, 'name' | 'access'>): string {
  return access.type === 'local' ? 'local' : accessText(targetOf(name, access));
}
