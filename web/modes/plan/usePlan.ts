import type { Plan } from '../../../server/api/schema/plan.ts';
import { useOnce } from '../../client/useOnce.ts';

export type Planning =
  | { readonly state: 'planning' }
  | { readonly state: 'ready'; readonly plan: Plan }
  | { readonly state: 'failed'; readonly error: Error };

/** A plan as it was made once: it is not made anew by itself, since somebody is reading it. `key`: what it is asked by. */
export function usePlan(
  key: string,
  make: (signal: AbortSignal) => Promise<Plan>,
): { readonly planning: Planning; readonly again: () => void } {
  const { answered, again } = useOnce(key, make);
  switch (answered.state) {
    case 'waiting':
      return { planning: { state: 'planning' }, again };
    case 'ready':
      return { planning: { state: 'ready', plan: answered.value }, again };
    case 'failed':
      return { planning: answered, again };
  }
}
