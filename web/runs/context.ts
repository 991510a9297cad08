import { createContext, useContext } from 'react';
import type { Role } from '../../server/core/role.ts';
import { mayAs } from '../../server/core/role.ts';
import type { Line } from '../client/events.ts';
import type { LiveRuns } from './live.ts';
import { NOTHING_LIVE } from './live.ts';

export interface Live extends LiveRuns {
  readonly line: Line;
  /** Of who looks; `null` as long as that is not known: the server refuses what somebody may not. */
  readonly role: Role | null;
}

export const LiveContext = createContext<Live>({ ...NOTHING_LIVE, line: 'opening', role: null });

/** What the server tells while the page is open. */
export const useLive = (): Live => useContext(LiveContext);

/** Whether who looks may do what is for that role. */
export function useMay(role: Role): boolean {
  const { role: own } = useLive();
  return own === null || mayAs(own, role);
}
