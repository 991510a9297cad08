import type { HostView } from '../../flow/hostview.ts';
import { Failure } from '../../core/failure.ts';
import type { Claim } from '../kind.ts';
import { recordOf } from './desire.ts';
import type { Record } from './resource.ts';
import { RECORD_FORMAT } from './resource.ts';

export function observeRecord(view: HostView, claim: Claim<Record>): readonly Record[] {
  const { record } = view;
  if (record?.topology !== claim.topology) return [];
  if (record.format > RECORD_FORMAT) {
    throw new Failure('observation', `What topology ${claim.topology} borrowed is recorded in a newer format`, {
      detail: `The record has format ${String(record.format)}; this version knows formats up to ${String(RECORD_FORMAT)}. Use the version that wrote it, or a newer one.`,
    });
  }
  const kept = recordOf(record.topology, record.former);
  return kept === undefined ? [] : [kept];
}
