import { expect, test } from 'vitest';
import { countingLine } from '../../server/cli/counting.ts';
import { labProgress } from '../../server/cli/lab-progress.ts';

function onTerminal(columns = 80) {
  let time = 0;
  const written: string[] = [];
  const line = countingLine({ columns, write: (text) => written.push(text) }, () => time);
  return { line, written, pass: (ms: number) => (time += ms) };
}

test('one line is written over again, not more often than can be read', () => {
  const { line, written, pass } = onTerminal();
  line.count('nodes started', 1, 200);
  line.count('nodes started', 2, 200);
  pass(1000);
  line.count('nodes started', 120, 200);
  line.count('hosts planned', 1, 20);
  expect(written).toEqual([
    '\r  1/200 nodes started\x1b[K',
    '\r120/200 nodes started\x1b[K',
    '\r 1/20 hosts planned\x1b[K',
  ]);
});

test('it goes before anything else is written, and leaves a narrow terminal its last column', () => {
  const { line, written } = onTerminal(10);
  line.clear();
  line.count('nodes started', 5, 9);
  line.clear();
  line.clear();
  line.count('nodes started', 6, 9);
  expect(written).toEqual(['\r5/9 nodes\x1b[K', '\r\x1b[K', '\r6/9 nodes\x1b[K']);
});

test('a terminal that does not know its width gets the whole line', () => {
  const { line, written } = onTerminal(0);
  line.count('nodes started', 5, 9);
  expect(written).toEqual(['\r5/9 nodes started\x1b[K']);
});

test('the lab counts on a terminal, tells milestones elsewhere, and says nothing with --json', () => {
  const progress = (): void => undefined;
  const count = (): void => undefined;
  expect(labProgress({ json: false, color: false, progress, count })).toEqual({ progress, count });
  expect(labProgress({ json: false, color: false, progress })).toEqual({ progress });
  expect(labProgress({ json: true, color: false, progress, count })).toEqual({});
});
