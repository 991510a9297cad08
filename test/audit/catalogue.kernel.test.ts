/**
 * Each sort of finding, with rules that raise it and rules that do not, as the kernel holds and lists them. A case is what is on
 * a gateway `gw` with an interface `wan` (192.0.2.1/24, the way out) and one `lan` (10.1.0.1/24).
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { audit } from '../../server/audit/audit.ts';
import { CATALOGUE } from '../../server/audit/catalogue/index.ts';
import { sceneOf } from '../../server/audit/scene.ts';
import { readSnapshot } from '../../server/observe/read-snapshot.ts';
import { recordedWorld } from '../../server/run/audited.ts';
import { recordOver } from '../../server/run/snapshot.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { openHostNamespace } from '../support/host-namespace.ts';

interface Case {
  readonly nft: string;
  readonly sysctl?: Readonly<Record<string, number>>;
  /** Lines for `ip -batch`. */
  readonly links?: string;
  /** An echo is sent there, from the host itself. */
  readonly sends?: string;
  /** What the findings are about; a star at the end stands for the rest. */
  readonly about?: readonly string[];
}

interface Cases {
  readonly raises: readonly Case[];
  readonly silent: readonly Case[];
}

const FOLDER = join(import.meta.dirname, 'cases');
const LINKS = `
link add wan type veth peer name wan-far
link add lan type veth peer name lan-far
link set wan up
link set wan-far up
link set lan up
link set lan-far up
addr add 192.0.2.1/24 dev wan
addr add 10.1.0.1/24 dev lan
route add default via 192.0.2.254
`;

let host: HostNamespace | undefined;
afterEach(async () => {
  await host?.close();
  host = undefined;
});

async function found(id: string, { nft, sysctl = {}, links = '', sends }: Case): Promise<readonly string[]> {
  host = await openHostNamespace('gw');
  await host.run('sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=0', 'net.ipv4.ip_forward=1');
  await host.input(`${LINKS}${links}\n`, 'ip', '-batch', '-');
  for (const [path, value] of Object.entries(sysctl)) await host.run('sysctl', '-qw', `${path}=${String(value)}`);
  await host.input(nft, 'nft', '-f', '-');
  if (sends !== undefined) await host.run('sh', '-c', 'ping -c 1 -W 1 "$1" >/dev/null || :', 'ping', sends);
  const snapshot = readSnapshot(await recordOver(host.connection));
  const world = recordedWorld([{ name: 'gw', snapshot }], null);
  const kinds = CATALOGUE.filter((kind) => kind.id === id);
  const scene = sceneOf({ world, model: null, found: true });
  return audit(scene, { subject: 'gw', taken: '2026-11-21T00:00:00Z', accepted: [], kinds }).findings.map(
    ({ about }) => about,
  );
}

function casesOf(id: string): Cases {
  return parse(readFileSync(join(FOLDER, `${id}.yaml`), 'utf8')) as Cases;
}

test('every sort of finding has its cases, and every file of cases its finding', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(CATALOGUE.map(({ id }) => `${id}.yaml`).sort());
  for (const { id } of CATALOGUE) {
    expect(casesOf(id).raises.length).toBeGreaterThan(0);
    expect(casesOf(id).silent.length).toBeGreaterThan(0);
  }
});

describe.each(CATALOGUE.map(({ id, name }) => ({ id, name })))('$id $name', ({ id }) => {
  test.each(casesOf(id).raises.map((each, index) => ({ ...each, number: index + 1 })))(
    'is raised $number',
    async (each) => {
      const abouts = await found(id, each);
      const wanted = each.about ?? [];
      expect(abouts.map((about, index) => matching(about, wanted[index]))).toEqual(wanted);
    },
  );

  test.each(casesOf(id).silent.map((each, index) => ({ ...each, number: index + 1 })))(
    'is not raised $number',
    async (each) => {
      expect(await found(id, each)).toEqual([]);
    },
  );
});

function matching(about: string, wanted: string | undefined): string {
  return wanted?.endsWith('*') === true && about.startsWith(wanted.slice(0, -1)) ? wanted : about;
}
