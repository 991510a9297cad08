/** What the front page shows can be typed. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './copy.ts';

const PAGES = ['README.md', 'server/README.md'];

function trunkline(args: readonly string[], input = ''): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, TRUNKLINE_DEV: '1' };
  return spawnSync(path.join(ROOT, 'scripts/trunkline'), args, { encoding: 'utf8', input, env });
}

test('the example topology is right', () => {
  const example = /```yaml\n([^]*?)```/.exec(readFileSync(path.join(ROOT, 'README.md'), 'utf8'))?.[1] ?? '';
  const { status, stderr } = trunkline(['check', '-'], example);
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

test('its commands are those that there are', () => {
  const table = readFileSync(path.join(ROOT, 'README.md'), 'utf8').matchAll(/^\| `([a-z]+)[ `]/gm);
  const listed = [
    ...(trunkline(['--help'])
      .stdout.split('Commands:')[1]
      ?.matchAll(/^ {2}([a-z]+)/gm) ?? []),
  ];
  const names = (matches: Iterable<RegExpExecArray>): readonly string[] =>
    [...matches].flatMap(([, name]) => name ?? []);
  // A verb with several rows in the table is one verb.
  expect([...new Set(names(table))]).toEqual(names(listed).filter((name) => name !== 'help'));
});

test.each(PAGES)('the links of %s lead somewhere', (page) => {
  const text = readFileSync(path.join(ROOT, page), 'utf8');
  const targets = [...text.matchAll(/\]\(([^)#]+)\)/g)].flatMap(([, target]) => target ?? []);
  expect(targets.length).toBeGreaterThan(0);
  expect(targets.filter((target) => !existsSync(path.join(ROOT, path.dirname(page), target)))).toEqual([]);
});
