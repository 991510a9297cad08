import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Failure } from '../../server/core/failure.ts';
import type { Resource } from '../../server/flow/resource.ts';
import type { Kind } from '../../server/kinds/kind.ts';
import { desiredState } from '../../server/model/desired.ts';
import { EXAMPLE } from './support/example.ts';
import { modelOf } from './support/compile-text.ts';

function kindOf(name: string, ids: readonly string[]): Kind {
  const schema = z.object({ kind: z.string(), id: z.string(), scope: z.string() });
  return {
    name,
    schema,
    desire: (_model, host) => ids.map((id): Resource => ({ kind: name, id: `${id}/${host.name}`, scope: '' })),
    observe: () => [],
    refers: () => [],
    commands: () => [],
    describe: (resource) => resource.id,
  };
}

describe('desiredState', () => {
  const model = modelOf(EXAMPLE);

  test('is what all kinds want together', () => {
    const state = desiredState(model, 'gw-x', [kindOf('a', ['a:1', 'a:2']), kindOf('b', ['b:1'])]);
    expect(state.topology).toBe('shop');
    expect(state.host).toBe('gw-x');
    expect([...state.resources.keys()]).toEqual(['a:1/gw-x', 'a:2/gw-x', 'b:1/gw-x']);
  });

  test('two resources of one id, or an unknown host, are defects', () => {
    expect(() => desiredState(model, 'gw-x', [kindOf('a', ['x']), kindOf('b', ['x'])])).toThrow(Failure);
    expect(() => desiredState(model, 'nowhere', [])).toThrow(Failure);
  });
});
