import { useEffect, useState } from 'react';
import { serverNow } from '../client/clock.ts';

/** Seconds left until a time of the server, counted down as they pass; `null`: until nothing. Below 0: it is over. */
export function useSecondsLeft(until: string | null): number | null {
  const [, tick] = useState(0);
  useEffect(() => {
    if (until === null) return undefined;
    const timer = window.setInterval(() => {
      tick((count) => count + 1);
    }, 500);
    return () => {
      window.clearInterval(timer);
    };
  }, [until]);
  return until === null ? null : (Date.parse(until) - serverNow()) / 1000;
}
