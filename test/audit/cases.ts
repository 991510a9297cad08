/**
 * Cases of findings, as `cases/ID.yaml` has them, made real: hosts are namespaces that hold what the case says, as the kernel lists
 * it.
 *
 * Without more, a case is what is on a host `gw` with an interface `wan` (192.0.2.1/24, the way out) and one `lan` (10.1.0.1/24).
 * `file` adds a topology around its hosts, which then are those of the file, joined by a wire between their `eno1`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { audit } from '../../server/audit/audit.ts';
import { CATALOGUE } from '../../server/audit/catalogue/index.ts';
import type { Scene } from '../../server/audit/scene.ts';
import { sceneOf } from '../../server/audit/scene.ts';
import type { Model } from '../../server/flow/model.ts';
import { readSnapshot } from '../../server/observe/read-snapshot.ts';
import { applyModel } from '../../server/run/apply.ts';
import type { RecordedHost } from '../../server/run/audited.ts';
import { lookAt, lookAtBoth, lookPlanned } from '../../server/run/audited.ts';
import { recordOver } from '../../server/run/snapshot.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import { modelOf } from '../support/topologies.ts';
import { openWiredHosts } from '../support/wired-hosts.ts';

/** What is done in one network stack, in this order. */
const STEPS = {
  /** Lines for `ip -batch`. */
  links: z.string().optional(),
  sysctl: z.record(z.string(), z.number()).optional(),
  nft: z.string().optional(),
  /** For `iptables-legacy-restore` and `iptables-restore` (of the nft sort). */
  legacy: z.string().optional(),
  iptables: z.string().optional(),
  /** An echo is sent there, from here. */
  sends: z.string().optional(),
};
/** `namespaces`: named ones on the host; those that are not there are made. */
const HOST = { ...STEPS, namespaces: z.record(z.string(), z.strictObject(STEPS)).optional() };
const HOSTS = { ...HOST, hosts: z.record(z.string(), z.strictObject(HOST)).optional() };

const Case = z.strictObject({
  ...HOSTS,
  /** A topology, or the name of one in `topologies/`. With `applied` its hosts are as it wants them before anything else is done; with `planned` there are none. */
  file: z.string().optional(),
  applied: z.boolean().optional(),
  planned: z.boolean().optional(),
  /** Another version of the file, which is audited in place of the one that was applied. */
  next: z.string().optional(),
  /** What is done first, and recorded: the state that the later one is compared with. */
  former: z.strictObject(HOSTS).optional(),
  /** What is done and recorded between the two. */
  meanwhile: z.strictObject(HOSTS).optional(),
  /** What the findings are about; a star at the end stands for the rest. */
  about: z.array(z.string()).optional(),
});
export type Case = z.infer<typeof Case>;
type Steps = z.infer<z.ZodObject<typeof STEPS>>;
type HostSteps = z.infer<z.ZodObject<typeof HOST>>;
type HostsSteps = z.infer<z.ZodObject<typeof HOSTS>>;

const Cases = z.strictObject({ raises: z.array(Case).min(1), silent: z.array(Case).min(1) });
export type Cases = z.infer<typeof Cases>;

export const FOLDER = join(import.meta.dirname, 'cases');

export function casesOf(id: string): Cases {
  return Cases.parse(parse(readFileSync(join(FOLDER, `${id}.yaml`), 'utf8')));
}

function topologyOf(said: string): Model {
  if (said.includes('\n')) return modelOf(said);
  const file = `${said}.yaml`;
  return modelOf(readFileSync(join(import.meta.dirname, 'topologies', file), 'utf8'), file);
}

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

/** Hosts of a case. `close` them, whatever happens. */
interface Stage {
  readonly hosts: ReadonlyMap<string, HostNamespace>;
  readonly close: () => Promise<void>;
}

async function openStage(model: Model | null, name: string): Promise<Stage> {
  if (model !== null) return openWiredHosts([...model.hosts.keys()]);
  const host = await openHostNamespace(name);
  await host.run('sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=0', 'net.ipv4.ip_forward=1');
  await host.input(LINKS, 'ip', '-batch', '-');
  return { hosts: new Map([[name, host]]), close: () => host.close() };
}

/** What the findings of this sort are about, in the order of the report. */
export async function found(id: string, each: Case): Promise<readonly string[]> {
  const kinds = CATALOGUE.filter((kind) => kind.id === id);
  const scene = await sceneFor(each);
  return audit(scene, { subject: 'case', taken: '2026-11-21T00:00:00Z', accepted: [], kinds }).findings.map(
    ({ about }) => about,
  );
}

export async function sceneFor(each: Case): Promise<Scene> {
  const { file, next, planned = false, applied = false, former, meanwhile } = each;
  const model = file === undefined ? null : topologyOf(file);
  if (model !== null && planned) return sceneOf(lookPlanned(model));
  const stage = await openStage(model, 'gw');
  try {
    if (model !== null && applied) await apply(model, stage);
    const before = former === undefined ? null : await recordAfter(stage, former);
    const between = meanwhile === undefined ? [] : [await recordAfter(stage, meanwhile)];
    const recorded = await recordAfter(stage, each);
    const audited = next === undefined ? model : topologyOf(next);
    return sceneOf(before === null ? lookAt(recorded, audited) : lookAtBoth(recorded, before, audited, between));
  } finally {
    await stage.close();
  }
}

async function apply(model: Model, { hosts }: Stage): Promise<void> {
  const { hosts: results } = await applyModel(model, ({ name }) => {
    const host = hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host.connection;
  });
  const failed = results.filter(({ result }) => result !== 'applied' && result !== 'unchanged');
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
}

async function recordAfter({ hosts }: Stage, said: HostsSteps): Promise<readonly RecordedHost[]> {
  const { hosts: named = {}, ...own } = said;
  const recorded: RecordedHost[] = [];
  for (const [name, host] of hosts) {
    await doOn(host, named[name] ?? own);
    recorded.push({ name, snapshot: readSnapshot(await recordOver(host.connection)) });
  }
  return recorded;
}

async function doOn(host: HostNamespace, { namespaces = {}, ...own }: HostSteps): Promise<void> {
  const there = await host.run('sh', '-c', 'ls /run/netns 2>/dev/null || :');
  for (const name of Object.keys(namespaces))
    if (!there.split('\n').includes(name)) await host.run('ip', 'netns', 'add', name);
  await steps(host, [], own);
  for (const [name, each] of Object.entries(namespaces)) await steps(host, ['ip', 'netns', 'exec', name], each);
}

async function steps(host: HostNamespace, inside: readonly string[], each: Steps): Promise<void> {
  const { links, sysctl = {}, nft, legacy, iptables, sends } = each;
  const fed = (text: string | undefined, ...argv: readonly string[]): Promise<string> =>
    text === undefined ? Promise.resolve('') : host.input(`${text}\n`, ...inside, ...argv);
  await fed(links, 'ip', '-batch', '-');
  for (const [path, value] of Object.entries(sysctl))
    await host.run(...inside, 'sysctl', '-qw', `${path}=${String(value)}`);
  await fed(nft, 'nft', '-f', '-');
  await fed(legacy, 'iptables-legacy-restore');
  await fed(iptables, 'iptables-nft-restore');
  if (sends !== undefined) await host.run(...inside, 'sh', '-c', 'ping -c 1 -W 1 "$1" >/dev/null || :', 'ping', sends);
}
