import type { Host } from '../flow/model.ts';
import type { HostConnection } from '../host/connection.ts';
import type { SnapshotFolder } from '../observe/snapshot.ts';
import { takeSnapshot } from '../observe/snapshot.ts';
import { connectReading } from './connections.ts';

/** Records a host; nothing is written there, and its lock is not taken. */
export async function recordHost(host: Pick<Host, 'name' | 'access'>): Promise<SnapshotFolder> {
  return recordOver(connectReading(host));
}

export async function recordOver(connection: HostConnection): Promise<SnapshotFolder> {
  const session = await connection.open({ lock: false });
  try {
    return await takeSnapshot(session);
  } finally {
    await session.close();
  }
}
