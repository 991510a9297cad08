import { expect, test } from 'vitest';
import { eachAtMost } from '../../server/core/at-most.ts';

test('so many at a time, and the answers in order', async () => {
  let now = 0;
  let most = 0;
  const answers = await eachAtMost(3, [5, 1, 4, 2, 3, 0], async (value, index) => {
    most = Math.max(most, (now += 1));
    for (let turn = 0; turn < value; turn += 1) await Promise.resolve();
    now -= 1;
    return `${String(index)}:${String(value)}`;
  });
  expect(answers).toEqual(['0:5', '1:1', '2:4', '3:2', '4:3', '5:0']);
  expect(most).toBe(3);
});

test('after one that fails nothing is begun, and nothing is left under way', async () => {
  const begun: number[] = [];
  const over: number[] = [];
  const failing = eachAtMost(2, [0, 1, 2, 3], async (value) => {
    begun.push(value);
    await Promise.resolve();
    if (value === 0) throw new Error('no');
    await Promise.resolve();
    await Promise.resolve();
    over.push(value);
  });
  await expect(failing).rejects.toThrow('no');
  expect([begun, over]).toEqual([[0, 1], [1]]);
});

test('of no items nothing is asked', async () => {
  expect(await eachAtMost(0, [], () => Promise.reject(new Error('asked')))).toEqual([]);
});
