import type { ReactNode } from 'react';
import { useEffect, useMemo, useReducer, useState } from 'react';
import type { Line } from '../client/events.ts';
import { call } from '../client/client.ts';
import { useAnswer } from '../client/useAnswer.ts';
import { listen } from '../client/events.ts';
import { LiveContext } from './context.ts';
import { heard, NOTHING_LIVE } from './live.ts';

/** Listens to the server for everything below. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const [live, hear] = useReducer(heard, NOTHING_LIVE);
  const [line, setLine] = useState<Line>('opening');
  useEffect(
    () =>
      listen({
        onEvent: (event) => {
          hear(event);
          // As if the window came to the front: whatever was asked about files is asked again.
          if (event.type === 'file') window.dispatchEvent(new Event('focus'));
        },
        onLine: setLine,
      }),
    [],
  );
  const account = useAnswer('account', (signal) => call('GET /api/account', {}, signal));
  const role = account.state === 'ready' ? account.value.role : null;
  const value = useMemo(() => ({ ...live, line, role }), [live, line, role]);
  return <LiveContext value={value}>{children}</LiveContext>;
}
