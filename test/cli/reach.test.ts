/** `trunkline reach` and what `check` says of expectations, from the command line. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const TRUNKLINE = join(import.meta.dirname, '../../scripts/trunkline');
const OFFICE = join(import.meta.dirname, '../../topologies/office/office.yaml');
const UNMET = join(import.meta.dirname, '../rejects/expectations-unmet.yaml');

function run(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, TRUNKLINE_DEV: '1' };
  return spawnSync(TRUNKLINE, args, { encoding: 'utf8', env });
}

const Document = z.looseObject({
  verdict: z.string(),
  why: z.string(),
  hops: z.array(
    z.object({
      node: z.string(),
      interface: z.string().nullable(),
      action: z.string(),
      rule: z.looseObject({ type: z.string(), line: z.number().nullable().optional() }).nullable(),
      packet: z.object({ source: z.string(), destination: z.string(), destinationPort: z.number().nullable() }).loose(),
      note: z.string().nullable(),
    }),
  ),
  reply: z.looseObject({ verdict: z.string() }).nullable(),
  families: z.array(z.looseObject({ family: z.number() })),
});

function asked(...args: readonly string[]): z.infer<typeof Document> {
  const { stdout, status } = run('reach', ...args, '--json');
  expect(status).toBe(0);
  return Document.parse(JSON.parse(stdout));
}

describe('reach', () => {
  test('shows each hop with what it is there, the translation among them', () => {
    const { verdict, hops, reply } = asked(OFFICE, 'internet', '192.0.2.10:53/udp');
    expect([verdict, reply?.verdict]).toEqual(['delivered', 'delivered']);
    expect(hops.map(({ node, action }) => `${node} ${action}`)).toEqual([
      'internet sends',
      'server switches',
      'gw@server translates',
      'gw@server accepts',
      'gw@server forwards',
      'server switches',
      'web delivers',
    ]);
    expect(hops.at(-1)?.packet).toMatchObject({ destination: '10.20.0.10', destinationPort: 53 });
  });

  test('names the line of the file where a policy decides', () => {
    const { verdict, hops } = asked(UNMET, 'web1', 'db1:22/tcp');
    expect(verdict).toBe('dropped');
    expect(hops.at(-1)).toMatchObject({ node: 'gw@here', action: 'drops', rule: { type: 'rule', line: 21 } });
    expect(run('reach', UNMET, 'web1', 'db1:22/tcp').stdout).toContain('by line 21');
  });

  test('tells that nobody listens from that nobody gets there', () => {
    expect(asked(OFFICE, 'desk', 'web:9/tcp').verdict).toBe('not-listening');
    expect(asked(UNMET, 'web1', 'db1:5432/tcp').verdict).toBe('delivered');
  });

  test('with a host down', () => {
    const { verdict } = asked(OFFICE, 'internet', '192.0.2.10:53/udp', '--without', 'server');
    expect(verdict).toBe('no-route');
  });

  test.each([
    [['web', 'lan:1/tcp', 'desk'], 'It takes two ends'],
    [['web', 'lan'], 'does not say what is to be reached'],
    [['web', 'lan:70000/tcp'], 'does not say what is to be reached'],
    [['web', 'lan:80/icmp'], 'does not say what is to be reached'],
    [['wep', 'internet:80/tcp'], 'did you mean `web`?'],
    [['web', 'internet:80/tcp', '--without', 'nobody'], 'No host "nobody"'],
    [['web', 'internet:80/tcp', '--lab'], '--lab needs --live'],
  ])('refuses %j', (words, told) => {
    const { status, stderr } = run('reach', OFFICE, ...words);
    expect([status, stderr.includes(told)]).toEqual([64, true]);
  });
});

describe('check', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-check-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('answers 4 where an expectation is not met, with each as a diagnostic', () => {
    const { status, stdout } = run('check', UNMET, '--json');
    expect(status).toBe(4);
    const { expectations, diagnostics } = z
      .object({
        expectations: z.array(z.looseObject({ outcome: z.string(), line: z.number() })),
        diagnostics: z.array(z.looseObject({ code: z.string(), line: z.number() })),
      })
      .loose()
      .parse(JSON.parse(stdout));
    expect(expectations.map(({ outcome, line }) => [outcome, line])).toEqual([
      ['met', 24],
      ['failed', 25],
      ['failed', 26],
    ]);
    expect(diagnostics.map(({ code, line }) => [code, line])).toEqual([
      ['expectation-not-met', 25],
      ['expectation-not-met', 26],
    ]);
  });

  test('answers 0 where all are met, and 3 where the file is wrong, whatever it expects', () => {
    expect(run('check', OFFICE)).toMatchObject({ status: 0 });
    const broken = join(folder, 'broken.yaml');
    writeFileSync(
      broken,
      'topology: shop\nnetworks: { lan: { subnet: 10.0.0.1/24 } }\nexpect: [{ allow: 1/tcp, from: a, to: b }]\n',
    );
    expect(run('check', broken)).toMatchObject({ status: 3 });
  });
});
