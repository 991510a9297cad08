import { useEffect, useState } from 'react';
import type { Plan } from '../../../server/api/schema/plan.ts';
import { serverNow } from '../../client/clock.ts';
import { useLive } from '../../runs/context.ts';

/** Why a plan is no longer one to apply, in words; `null`: it is. The server refuses it in any case. */
export function useStale(name: string, plan: Plan | null): string | null {
  const { files, changes } = useLive();
  const [then, setThen] = useState<{ readonly plan: Plan | null; readonly file: number; readonly changed: number }>({
    ...{ plan: null, file: 0, changed: 0 },
  });
  const file = files.get(name) ?? 0;
  const changed = changes.get(plan?.topology ?? '') ?? 0;
  if (then.plan !== plan) setThen({ plan, file, changed });
  const expired = useExpired(plan?.keptUntil ?? null);
  if (plan === null || then.plan !== plan) return null;
  if (file !== then.file) return 'The file has changed since.';
  if (changed !== then.changed) return 'The hosts were changed by a run since.';
  return expired ? 'It was made too long ago.' : null;
}

function useExpired(until: string | null): boolean {
  const [passed, setPassed] = useState<string | null>(null);
  useEffect(() => {
    if (until === null) return undefined;
    const left = Math.min(Date.parse(until) - serverNow(), 2_000_000_000);
    const timer = window.setTimeout(
      () => {
        setPassed(until);
      },
      Math.max(0, left),
    );
    return () => {
      window.clearTimeout(timer);
    };
  }, [until]);
  return until !== null && passed === until;
}
