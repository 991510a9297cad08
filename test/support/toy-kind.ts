import { z } from 'zod';
import type { Kind } from '../../server/kinds/kind.ts';
import type { HostView } from '../../server/flow/hostview.ts';
import type { Reference, Resource } from '../../server/flow/resource.ts';

/** A kind for tests of the stages: each resource says itself what it refers to, and renders to one line that names the change. */
export interface Toy extends Resource {
  readonly kind: 'toy';
  readonly needs: readonly string[];
  readonly diesWith: readonly string[];
  readonly settledOn: readonly string[];
  readonly slots: readonly string[];
  readonly effect: 'closes' | 'builds' | 'opens';
  readonly value: number;
  readonly fixed: number;
}

export const Toy = z.looseObject({
  kind: z.literal('toy'),
  id: z.string(),
  scope: z.string(),
}) as unknown as z.ZodType<Toy>;

export function toy(name: string, more: Partial<Omit<Toy, 'kind' | 'id'>> = {}): Toy {
  return {
    kind: 'toy',
    id: `toy:${name}`,
    scope: '',
    needs: [],
    diesWith: [],
    settledOn: [],
    slots: [],
    effect: 'builds',
    value: 0,
    fixed: 0,
    ...more,
  };
}

/** @param found what counts as observed: toys live in no kernel. */
export function toyKind(found: readonly Toy[]): Kind<Toy> {
  return {
    name: 'toy',
    schema: Toy,
    desire: () => [],
    observe: () => found,
    refers: ({ needs, diesWith, settledOn }): readonly Reference[] => [
      ...needs.map((to) => ({ to: `toy:${to}`, diesWith: false })),
      ...diesWith.map((to) => ({ to: `toy:${to}`, diesWith: true })),
      ...settledOn.map((to) => ({ to: `toy:${to}`, diesWith: false, settled: true })),
    ],
    slots: ({ slots }) => slots,
    replaces: (before, after) => before.fixed !== after.fixed,
    stages: (_before, after) => [{ effect: after === undefined ? 'removes' : after.effect, state: after }],
    commands: (before, after) => {
      const verb = before === undefined ? 'add' : after === undefined ? 'del' : 'set';
      const { id, scope } = after ?? before ?? toy('none');
      return [{ tool: 'ip', scope, args: ['toy', verb, id] }];
    },
    describe: ({ id }) => id,
  };
}

export function emptyView(host = 'here'): HostView {
  return { host, scopes: new Map(), namespaces: [], record: null };
}
