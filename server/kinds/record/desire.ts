import type { Resource, ResourceId } from '../../flow/resource.ts';
import { RECORD_ID } from '../link-ids.ts';
import type { Record } from './resource.ts';
import { RECORD_FORMAT } from './resource.ts';

/** The record of what is borrowed; nothing to keep, no record. */
export function recordOf(topology: string, former: Readonly<{ [id: ResourceId]: Resource }>): Record | undefined {
  if (Object.keys(former).length === 0) return undefined;
  return { kind: 'record', id: RECORD_ID, scope: '', format: RECORD_FORMAT, topology, former };
}
