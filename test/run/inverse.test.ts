import { describe, expect, test } from 'vitest';
import type { Command } from '../../server/flow/command.ts';
import type { Step } from '../../server/flow/plan.ts';
import { inverseOf } from '../../server/run/inverse.ts';

const RESOURCE = { kind: 'toy', id: 'toy:x', scope: '' } as const;

function step(id: number, options: Partial<Step>): Step {
  return {
    id: `here/${String(id)}`,
    action: 'add',
    first: true,
    effect: 'builds',
    kind: 'toy',
    resource: `toy:${String(id)}`,
    title: `toy ${String(id)}`,
    before: null,
    after: RESOURCE,
    reason: '',
    cost: 'hitless',
    fields: [],
    commands: [],
    undo: [],
    dependsOn: [],
    ...options,
  };
}

const ip = (...args: readonly string[]): Command => ({ tool: 'ip', scope: '', args });
const nft = (input: string): Command => ({ tool: 'nft', scope: '', input });
const shown = (steps: readonly Step[]): unknown =>
  inverseOf(steps).map(({ after, program }) => [after, program.argv[0], String(program.stdin)]);

describe('the inverse', () => {
  test('last first, each once its batch has begun, and going on after what fails', () => {
    const steps = [
      step(1, { commands: [ip('a')], undo: [ip('un-a')] }),
      step(2, { commands: [ip('b')], undo: [ip('un-b')] }),
      step(3, { commands: [nft('c\n')], undo: [nft('un-c\n')] }),
      step(4, { commands: [ip('d')], undo: [ip('un-d')] }),
    ];
    expect(shown(steps)).toEqual([
      [3, 'ip', 'un-d\n'],
      [2, 'nft', 'un-c\n'],
      [1, 'ip', 'un-b\nun-a\n'],
    ]);
    expect(inverseOf(steps)[0]?.program.argv).toEqual(['ip', '-force', '-batch', '-']);
  });

  test('what goes with something else comes back when that was taken, and not before', () => {
    const steps = [
      step(1, { before: RESOURCE, after: null, undo: [ip('address')] }),
      step(2, { commands: [nft('x\n')], undo: [nft('un-x\n')] }),
      step(3, { commands: [ip('link-gone')], undo: [ip('link')], dependsOn: ['here/1'] }),
    ];
    expect(shown(steps)).toEqual([
      [2, 'ip', 'link\n'],
      [1, 'nft', 'un-x\n'],
      [2, 'ip', 'address\n'],
    ]);
  });

  test('a table that may never have gone is emptied before it is filled; one that only changed is not', () => {
    const table = 'table inet a-filter {\n\tchain x {\n\t}\n}\n';
    const removed = step(1, { before: RESOURCE, after: null, commands: [nft('delete\n')], undo: [nft(table)] });
    const changed = step(1, { before: RESOURCE, after: RESOURCE, commands: [nft('flush\n')], undo: [nft(table)] });
    expect(shown([removed])).toEqual([[1, 'nft', `add table inet a-filter\nflush table inet a-filter\n${table}`]]);
    expect(shown([changed])).toEqual([[1, 'nft', table]]);
  });

  test('links that were gathered and not deleted yet go before they are made anew', () => {
    const sweep = { group: 777, device: 'p1' };
    const doom: Command = { tool: 'ip', scope: '', args: ['link', 'set', 'dev', 'p1', 'group', '777'], sweep };
    const removal = step(1, { before: RESOURCE, after: null, commands: [doom], undo: [ip('link', 'add', 'p1')] });
    expect(shown([removal])).toEqual([
      [1, 'sh', '"ifname":"p1"\n'],
      [1, 'ip', 'link add p1\n'],
    ]);
    const addition = step(1, { commands: [ip('link', 'add', 'p1')], undo: [doom] });
    expect(inverseOf([addition]).map(({ program, deletes }) => [program.argv[0], deletes])).toEqual([
      ['ip', 0],
      ['sh', 1],
    ]);
  });
});
