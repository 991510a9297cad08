import type { HostConnection } from '../host/connection.ts';
import { connectLocal } from '../host/runner.ts';

export type { HostConnection };

/** The machine that this runs on, under the name that the topology has for it. */
export function connectThisMachine(host: string): HostConnection {
  return connectLocal(host);
}
