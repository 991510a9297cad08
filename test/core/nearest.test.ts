import { expect, test } from 'vitest';
import { editDistance, nearest, nearestHint } from '../../server/core/nearest.ts';

test.each([
  ['subnett', 'subnet'],
  ['sbunet', 'subnet'],
  ['VLAN', 'vlan'],
  ['vlna', 'vlan'],
  ['rooter', 'router'],
  ['form', undefined],
  ['x', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
])('%s is near %s', (word, near) => {
  expect(nearest(word, ['vlan', 'subnet', 'router', 'external'])).toBe(near);
});

test('of equally near words the first in the alphabet', () => {
  expect(nearest('web3', ['web2', 'web1'])).toBe('web1');
});

test('the hint', () => {
  expect(nearestHint('subnett', ['subnet'])).toBe('did you mean `subnet`?');
  expect(nearestHint('colour', ['subnet'])).toBeUndefined();
});

test.each([
  ['', 'abc', 3],
  ['abc', 'abc', 0],
  ['abc', 'acb', 1],
  ['kitten', 'sitting', 3],
  ['ca', 'abc', 3],
])('%s to %s takes %i', (left, right, distance) => {
  expect(editDistance(left, right)).toBe(distance);
  expect(editDistance(right, left)).toBe(distance);
});
