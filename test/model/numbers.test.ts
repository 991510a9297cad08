/** Numbers that must not be had twice: published ports, and VLAN ids inside a bridge. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Publish, Transport } from '../../server/flow/model.ts';
import { newOccupiedPorts } from '../../server/model/passes/occupied-ports.ts';
import { chooseInternalVids } from '../../server/model/passes/untagged-networks-have-a-vid.ts';

const range = fc
  .record({ first: fc.integer({ min: 1, max: 40 }), length: fc.integer({ min: 0, max: 6 }) })
  .map(({ first, length }) => ({ first, last: first + length }));

function publishOf(ports: Publish['ports'], listen: string, protocol: 'tcp' | 'udp'): Publish {
  const target = { guest: 'web', network: 'lan', address: '10.0.0.10', port: null };
  return { id: '', place: { file: '', line: 1, column: 1 }, text: '', listen, protocol, ports, target, from: null };
}

describe('published ports', () => {
  test('are taken once per address and protocol', () => {
    const mapping = fc.record({
      ports: range,
      listen: fc.constantFrom('192.0.2.1', '192.0.2.2'),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    });
    fc.assert(
      fc.property(fc.array(mapping, { maxLength: 20 }), (mappings) => {
        const occupied = newOccupiedPorts();
        const taken: Publish[] = [];
        for (const { ports, listen, protocol } of mappings) {
          const publish = publishOf(ports, listen, protocol);
          const clashes = taken.filter(
            (other) =>
              other.listen === listen &&
              other.protocol === protocol &&
              other.ports.first <= ports.last &&
              ports.first <= other.ports.last,
          );
          const found = occupied.take(publish);
          if (clashes.length === 0) expect(found).toBeUndefined();
          else expect(clashes).toContain(found);
          if (found === undefined) taken.push(publish);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('VLAN ids inside a bridge', () => {
  const vlan = (id: number): Transport => ({ type: 'vlan', id });
  const untagged: Transport = { type: 'untagged' };

  test('are those of nobody else, and stay when others come', () => {
    const before = chooseInternalVids('t', new Map([['lan', untagged]])).get('lan') ?? 0;
    const others = new Map<string, Transport>([
      ['lan', untagged],
      ['dmz', untagged],
      ['a', vlan(before === 7 ? 8 : 7)],
    ]);
    expect(chooseInternalVids('t', others).get('lan')).toBe(before);
    expect(chooseInternalVids('t', others).get('dmz')).not.toBe(before);
    expect(chooseInternalVids('t', new Map([...others, ['b', vlan(before)]])).get('lan')).not.toBe(before);
  });

  test('are found while one is left, and not invented when none is', () => {
    const declared = (except: number) =>
      Array.from({ length: 4094 }, (_, index) => [`n${String(index + 1)}`, vlan(index + 1)] as const).filter(
        ([name]) => name !== `n${String(except)}`,
      );
    expect(chooseInternalVids('t', new Map<string, Transport>([...declared(1234), ['lan', untagged]])).get('lan')).toBe(
      1234,
    );
    expect(chooseInternalVids('t', new Map<string, Transport>([...declared(0), ['lan', untagged]])).has('lan')).toBe(
      false,
    );
  });
});
