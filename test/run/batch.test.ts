import { describe, expect, test } from 'vitest';
import type { Command } from '../../server/flow/command.ts';
import { batchCommands, failingLine } from '../../server/run/batch.ts';

const ip = (scope: string, ...args: readonly string[]): Extract<Command, { readonly tool: 'ip' | 'bridge' }> => ({
  tool: 'ip',
  scope,
  args,
});
const placed = (commands: readonly Command[]): { position: number; command: Command }[] =>
  commands.map((command, position) => ({ position, command }));

describe('batches', () => {
  test('commands of one tool and scope in a row are one process', () => {
    const batches = batchCommands(
      placed([
        ip('', 'link', 'add'),
        ip('', 'link', 'set'),
        ip('vgw', 'addr', 'add'),
        { tool: 'bridge', scope: '', args: ['vlan', 'add'] },
      ]),
    );
    expect(batches.map((each) => [each.program.argv.join(' '), each.program.stdin])).toEqual([
      ['ip -batch -', 'link add\nlink set\n'],
      ['ip -n vgw -batch -', 'addr add\n'],
      ['bridge -batch -', 'vlan add\n'],
    ]);
  });

  test('what needs its family said has a process of its own', () => {
    const rule: Command = { ...ip('vgw', 'rule', 'add', 'pref', '7', 'fwmark', '1'), family: 6 };
    const batches = batchCommands(placed([ip('vgw', 'route', 'add'), rule, rule, ip('vgw', 'rule', 'add')]));
    expect(batches.map((each) => [each.program.argv.join(' '), each.positionOfLine])).toEqual([
      ['ip -n vgw -batch -', [0]],
      ['ip -n vgw -6 -batch -', [1, 2]],
      ['ip -n vgw -batch -', [3]],
    ]);
  });

  test('all nft statements of a scope are one transaction', () => {
    const batches = batchCommands(
      placed([
        { tool: 'nft', scope: 'vgw', input: 'add table inet a\n' },
        { tool: 'nft', scope: 'vgw', input: 'add table inet b\nadd chain inet b c\n' },
      ]),
    );
    expect(batches).toHaveLength(1);
    expect(batches[0]?.program).toEqual({
      argv: ['ip', 'netns', 'exec', 'vgw', 'nft', '-f', '-'],
      stdin: 'add table inet a\nadd table inet b\nadd chain inet b c\n',
    });
    expect(batches[0]?.positionOfLine).toEqual([0, 1, 1]);
  });

  test('links that go are gathered in one group', () => {
    const doom = (device: string): Command => ({
      tool: 'ip',
      scope: '',
      args: ['link', 'set', 'dev', device, 'group', '29810'],
      sweep: { group: 29810, device },
    });
    const [batch] = batchCommands(placed([doom('p1'), doom('p2')]));
    expect(batch?.sweep).toEqual({ group: 29810, devices: ['p1', 'p2'] });
  });

  test.each(['a b', 'a#b', 'a"b', "a'b", 'a\\b', 'a\nb', '', 'a;b', '$(id)', 'é'])(
    'a word that a batch line would read otherwise is refused: %j',
    (word) => {
      expect(() => batchCommands(placed([ip('', 'link', 'set', 'dev', word)]))).toThrow(TypeError);
    },
  );

  test.each(['kernel/core_pattern', 'net/../kernel/x', 'net/ipv4/a b'])(
    'a path outside of the network settings is refused: %s',
    (path) => {
      expect(() => batchCommands(placed([{ tool: 'sysctl', scope: '', path, value: '1' }]))).toThrow(TypeError);
    },
  );

  test('the line that a tool complains about', () => {
    const batch = batchCommands(placed([ip('', 'link', 'add')]))[0];
    const nft = batchCommands(placed([{ tool: 'nft', scope: '', input: 'x' }]))[0];
    if (batch === undefined || nft === undefined) throw new Error('no batch');
    expect(failingLine(batch, 'RTNETLINK answers: File exists\nCommand failed -:7')).toBe(7);
    expect(failingLine(nft, '/dev/stdin:3:14-18: Error: No such file or directory')).toBe(3);
    expect(failingLine(batch, 'no idea')).toBeUndefined();
  });
});
