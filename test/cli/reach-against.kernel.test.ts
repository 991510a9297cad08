/** `reach --snapshot NEW --against OLD`: what a host was opened and closed for in between. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');
const RULES = `
table inet f {
  chain i { type filter hook input priority filter; policy drop; tcp dport { 22, 80 } accept; }
}
`;

const Change = z.looseObject({
  services: z.array(z.string()),
  from: z.string(),
  to: z.array(z.string()),
  witness: z.looseObject({ interface: z.string(), destinationPort: z.number().nullable() }),
  rule: z.looseObject({ table: z.string(), text: z.string() }).nullable(),
});
const Document = z.looseObject({
  reachability: z.object({
    opened: z.array(Change),
    closed: z.array(Change),
    transient: z.array(Change),
    notes: z.array(z.string()),
  }),
});

let host: HostNamespace;
let folder: string;
beforeEach(async () => {
  host = await openHostNamespace('gw');
  await host.input(
    'link add wan type veth peer name far\nlink set wan up\nlink set far up\naddr add 192.0.2.1/24 dev wan\nroute add default via 192.0.2.254\n',
    'ip',
    '-batch',
    '-',
  );
  await host.input(RULES, 'nft', '-f', '-');
  folder = await mkdtemp(join(tmpdir(), 'trunkline-against-'));
});
afterEach(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

async function trunkline(...args: readonly string[]): Promise<{ readonly exitCode: number; readonly stdout: string }> {
  const [program = '', ...rest]: readonly string[] = [...host.prefix, process.execPath, MAIN, ...args];
  const { exitCode, stdout } = await execa(program, rest, { reject: false, env: { XDG_STATE_HOME: folder } });
  return { exitCode: exitCode ?? -1, stdout };
}

test('tells what is opened and closed, with a packet and the rule', async () => {
  const [old, now] = [join(folder, 'old'), join(folder, 'now')];
  expect((await trunkline('snapshot', '--host', 'local', '-o', old)).exitCode).toBe(0);
  await host.input('flush chain inet f i\nadd rule inet f i tcp dport { 22, 5432 } accept\n', 'nft', '-f', '-');
  expect((await trunkline('snapshot', '--host', 'local', '-o', now)).exitCode).toBe(0);
  const asked = async (...args: readonly string[]): Promise<z.infer<typeof Document>['reachability']> => {
    const { exitCode, stdout } = await trunkline('reach', ...args, '--json');
    expect(exitCode).toBe(0);
    return Document.parse(JSON.parse(stdout)).reachability;
  };
  const { opened, closed } = await asked('--snapshot', now, '--against', old);
  const outside = (list: typeof opened): unknown =>
    list
      .filter(({ from }) => from === 'internet')
      .map(({ services, witness }) => [services, witness.interface, witness.destinationPort]);
  expect(outside(opened)).toEqual([[['5432/tcp'], 'wan', 5432]]);
  expect(outside(closed)).toEqual([[['80/tcp'], 'wan', 80]]);
  expect(opened[0]?.rule).toMatchObject({ table: 'inet f' });
  const same = await asked('--snapshot', now, '--against', now);
  expect([same.opened, same.closed]).toEqual([[], []]);
  const { stdout } = await trunkline('reach', '--snapshot', now, '--against', old);
  expect(stdout).toMatch(/opens 5432\/tcp from internet to .* via /);
  expect((await trunkline('reach', '--against', old)).exitCode).toBe(64);
});
