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

const Rows = z.looseObject({
  rows: z.array(
    z.looseObject({
      state: z.string(),
      from: z.string(),
      to: z.string().nullable(),
      sent: z.object({ destinations: z.array(z.string()), services: z.array(z.string()) }),
      through: z.array(z.looseObject({ entry: z.string().nullable() })),
      sources: z.array(z.string()),
      listens: z.boolean().nullable(),
      witness: z.looseObject({ verdict: z.string(), hops: z.array(z.looseObject({ node: z.string() })) }),
    }),
  ),
  notes: z.array(z.string()),
});

function rowsOf(...args: readonly string[]): z.infer<typeof Rows>['rows'] {
  const { stdout, status } = run('reach', ...args, '--json');
  expect(status).toBe(0);
  return Rows.parse(JSON.parse(stdout)).rows;
}

describe('reach of many', () => {
  test('who can reach it: everybody, and through what', () => {
    const rows = rowsOf(OFFICE, '--to', 'web:8443/tcp');
    const outside = rows.filter(({ from }) => from === 'internet');
    expect(outside.map(({ state, sent, through }) => [state, sent, through.map(({ entry }) => entry)])).toEqual([
      ['yes', { destinations: ['192.0.2.10'], services: ['443/tcp'] }, ['publish line 41']],
      ['yes', { destinations: ['2001:db8:2::10'], services: ['443/tcp'] }, ['publish line 44']],
    ]);
    expect(outside[0]?.witness.hops.map(({ node }) => node)).toContain('gw@server');
    expect(new Set(rows.map(({ from }) => from))).toEqual(
      new Set(['server', 'gw@server', 'desk', 'mail', 'internet', 'temporary@wan']),
    );
  });

  test('what is exposed, to whom', () => {
    const rows = rowsOf(OFFICE, '--from', 'internet');
    const mail = rows.filter(({ to }) => to === 'mail');
    expect(mail.map(({ sources, sent }) => [sources, sent.services])).toEqual([[['198.51.100.0/24'], ['25/tcp']]]);
    const text = run('reach', OFFICE, '--from', 'internet').stdout;
    expect(text).toContain('What is exposed to internet (office, as the file wants it):');
    expect(text).toMatch(
      /internet 198\.51\.100\.0\/24 +mail +25\/tcp +192\.0\.2\.12 +10\.20\.0\.11:25 .*publish line 43/,
    );
  });

  test('an address, by which packets are sent', () => {
    const rows = rowsOf(OFFICE, '--to', '192.0.2.10:443/tcp');
    expect(new Set(rows.map(({ to }) => to))).toEqual(new Set(['web']));
    expect(rows.map(({ from }) => from)).toContain('desk');
  });

  test('with a host down nothing is exposed', () => {
    expect(rowsOf(OFFICE, '--from', 'internet', '--to', 'web', '--without', 'server')).toEqual([]);
  });

  test.each([
    [['--to', 'web:1'], 'does not say what is to be reached'],
    [['--to', 'web:90000/tcp'], 'does not say what is to be reached'],
    [['--to', 'wep'], 'did you mean `web`?'],
    [['--from', '198.18.9.9'], 'Nobody in office has the address'],
    [['web', '--to', 'desk'], 'Ends are written once'],
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
