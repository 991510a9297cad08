/** What faults come to at each interface. Several may lie on one: it is down if any cuts it, and of two losses the greater one counts. */
import type { End, Fault } from './record.ts';

export interface Effect {
  readonly end: End;
  /** `leave`: no fault had or has to do with it. */
  readonly carrier: 'leave' | 'up' | 'down';
  /** Of ten thousand frames so many are dropped that come in here, and that go out. */
  readonly dropsIn: number;
  readonly dropsOut: number;
  readonly delayMs: number;
}

/** The interfaces of one network namespace. */
export interface NamespaceEffects {
  readonly node: string;
  readonly namespace: string | null;
  readonly effects: readonly Effect[];
}

/**
 * What to make of every interface that `before` or `after` has something to do with: one that only `before` broke has no
 * effect left.
 */
export function effectsOf(before: readonly Fault[], after: readonly Fault[]): readonly NamespaceEffects[] {
  const effects = new Map<string, Effect>();
  const add = (effect: Effect): void => {
    const { node, namespace, device } = effect.end;
    const key = `${node} ${namespace ?? ''} ${device}`;
    effects.set(key, merged(effects.get(key), effect));
  };
  for (const fault of before) for (const each of effectsOfFault(fault)) add(healed(each));
  for (const fault of after) for (const each of effectsOfFault(fault)) add(each);
  const places = new Map<string, NamespaceEffects & { effects: Effect[] }>();
  for (const effect of effects.values()) {
    const { node, namespace } = effect.end;
    const key = `${node} ${namespace ?? ''}`;
    const place = places.get(key) ?? { node, namespace, effects: [] };
    place.effects.push(effect);
    places.set(key, place);
  }
  return [...places.values()];
}

function none(end: End): Effect {
  return { end, carrier: 'leave', dropsIn: 0, dropsOut: 0, delayMs: 0 };
}

function healed({ end, carrier }: Effect): Effect {
  return { ...none(end), carrier: carrier === 'down' ? 'up' : 'leave' };
}

function merged(one: Effect | undefined, other: Effect): Effect {
  if (one === undefined) return other;
  return {
    end: one.end,
    carrier: [one.carrier, other.carrier].includes('down') ? 'down' : one.carrier === 'up' ? 'up' : other.carrier,
    dropsIn: Math.max(one.dropsIn, other.dropsIn),
    dropsOut: Math.max(one.dropsOut, other.dropsOut),
    delayMs: Math.max(one.delayMs, other.delayMs),
  };
}

const ALL = 10_000;

/**
 * Everything is done at the outer end, so that the node keeps its addresses and routes and only notices what a cable would
 * tell. Frames can be held back only where they are sent: a delay needs both ends.
 */
function effectsOfFault({ how, cables }: Fault): readonly Effect[] {
  return cables.flatMap(({ inner, outer, turned }): readonly Effect[] => {
    switch (how.type) {
      case 'cut':
        return [{ ...none(outer), carrier: 'down' }];
      case 'one-way':
        return [{ ...none(outer), ...((how.lost === 'out') === turned ? { dropsOut: ALL } : { dropsIn: ALL }) }];
      case 'loss':
        return [{ ...none(outer), dropsIn: how.perTenThousand, dropsOut: how.perTenThousand }];
      case 'delay':
        return [inner, outer].map((end) => ({ ...none(end), delayMs: how.delayMs }));
    }
  });
}
