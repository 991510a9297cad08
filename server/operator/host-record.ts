import type { HostStatus } from '../api/schema/status.ts';

/** A host as `trunkline snapshot` records it: files by name, in base64. */
export interface HostRecord {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** What it says of what was confirmed there last; `null` where it could not be read calmly. */
  readonly status: HostStatus | null;
}
