/** How far the server's clock is ahead of this machine's, in milliseconds: deadlines are told in the server's time. */
let aheadMs = 0;

/** @param date the header `Date` of an answer, to the second */
export function setServerClock(date: string | null, now = Date.now()): void {
  const server = Date.parse(date ?? '');
  if (Number.isNaN(server)) return;
  // A difference below a second is the header's rounding and the way of the answer.
  const ahead = server + 500 - now;
  aheadMs = Math.abs(ahead) < 1500 ? 0 : ahead;
}

/** Milliseconds since 1970 by the server's clock. */
export function serverNow(now = Date.now()): number {
  return now + aheadMs;
}
