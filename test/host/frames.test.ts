import { expect, test } from 'vitest';
import { createAnswerReader, createMarkFinder } from '../../server/host/frames.ts';
import type { Answer } from '../../server/host/frames.ts';

const CONVERSATION = Buffer.from('ready\n0 3 2\nabcno1 0 0\nsync\n');

function answersTo(chunks: readonly Buffer[]): readonly Answer[] {
  const answers: Answer[] = [];
  const read = createAnswerReader((answer) => answers.push(answer));
  for (const chunk of chunks) read(chunk);
  return answers;
}

function cutAt(bytes: Buffer, ...places: readonly number[]): readonly Buffer[] {
  const ends = [0, ...places, bytes.length];
  return ends.slice(1).map((end, index) => bytes.subarray(ends[index], end));
}

test('answers are the same wherever the bytes are cut', () => {
  const whole = answersTo([CONVERSATION]);
  expect(whole.map((each) => each.type)).toEqual(['line', 'result', 'result', 'line']);
  expect(whole[1]).toMatchObject({ result: { exitCode: 0, stdout: Buffer.from('abc'), stderr: Buffer.from('no') } });
  for (let one = 0; one <= CONVERSATION.length; one += 1)
    for (let two = one; two <= CONVERSATION.length; two += 1)
      expect(answersTo(cutAt(CONVERSATION, one, two))).toEqual(whole);
});

test('a line without end and an answer without bounds are said once, and nothing behind them is kept', () => {
  const endless = Array.from({ length: 100 }, () => Buffer.alloc(65_536, 'a'));
  expect(answersTo(endless).map((each) => each.type)).toEqual(['flood']);
  const huge = [Buffer.from('0 99999999999 0\n'), ...endless];
  expect(answersTo(huge)).toEqual([{ type: 'flood', text: '0 99999999999 0' }]);
});

test('the mark is found wherever the bytes are cut, behind anything that does not hold it', () => {
  const bytes = Buffer.from('Welcome\nready\n\nmark-1\nmark-12\n\nmark-123\nready\n');
  for (let one = 0; one <= bytes.length; one += 1) {
    const passed: Buffer[] = [];
    const finder = createMarkFinder('mark-123', (chunk) => passed.push(chunk));
    for (const chunk of cutAt(bytes, one)) expect(finder.take(chunk)).toBe(true);
    expect(Buffer.concat(passed).toString()).toBe('ready\n');
    expect(finder.before().toString()).toBe('Welcome\nready\n\nmark-1\nmark-12\n');
  }
});

test('a greeting without end is not waited for', () => {
  const finder = createMarkFinder('mark', () => undefined);
  const taken = Array.from({ length: 40 }, () => finder.take(Buffer.alloc(4096, 'hello\n')));
  expect(taken).toContain(false);
  expect(finder.before().length).toBeLessThanOrEqual(65_536);
});
