import { createContext, useContext } from 'react';
import type { Line } from '../client/events.ts';
import type { LiveRuns } from './live.ts';
import { NOTHING_LIVE } from './live.ts';

export interface Live extends LiveRuns {
  readonly line: Line;
}

export const LiveContext = createContext<Live>({ ...NOTHING_LIVE, line: 'opening' });

/** What the server tells while the page is open. */
export const useLive = (): Live => useContext(LiveContext);
