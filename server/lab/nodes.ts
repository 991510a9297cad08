import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../core/failure.ts';
import type { Model } from '../flow/model.ts';
import { agentBinary } from './agent-binary.ts';
import type { Count } from '../core/count.ts';
import { fabricsOf } from '../reach/world/plug-points.ts';
import { INTERNET, readLab, socketName, wireName } from './lab.ts';
import type { Lab, LabNode, NodeKind } from './lab.ts';
import { tryTool } from './tool.ts';
import { groundOf } from './vm/ground.ts';

export interface WantedNode {
  readonly name: string;
  readonly kind: NodeKind;
}

/** Every node that the lab of a model has. */
export function nodesOf(model: Model): readonly WantedNode[] {
  return [
    ...[...model.hosts.keys()].map((name) => ({ name, kind: 'host' as const })),
    ...[...model.guests.keys()].map((name) => ({ name, kind: 'guest' as const })),
    { name: INTERNET, kind: 'internet' },
    ...fabricsOf(model).map((fabric) => ({ name: wireName(fabric), kind: 'wire' as const })),
  ];
}

const Started = z.object({ node: z.string().optional(), error: z.string().optional(), rights: z.boolean().optional() });

export const RIGHTS_NEEDED = [
  'Run it as root, or allow user namespaces to this user: sysctl user.max_user_namespaces above 0,',
  'kernel.unprivileged_userns_clone=1 (Debian), kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu).',
].join(' ');

/** Starts the nodes that do not run yet; one process starts them all. */
export async function startNodes(folder: string, wanted: readonly WantedNode[], count?: Count): Promise<void> {
  if (wanted.length === 0) return;
  const lines = wanted.map(({ name, kind }) => `${name} ${kind} ${socketName(name)}\n`).join('');
  const ground = await groundOf(folder);
  const owner = ground.rootless ? 'own-user' : 'same-user';
  const start = [...ground.within, await agentBinary(), 'start', ground.folder, owner];
  let done = 0;
  const { exitCode, stdout, stderr } = await tryTool(start, lines, () =>
    count?.('nodes started', (done += 1), wanted.length),
  );
  if (exitCode === 0) return;
  const answers = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Started.parse(JSON.parse(line)));
  const failed = answers.find((each) => each.error !== undefined);
  const detail = failed?.error ?? stderr.trim();
  if (failed?.rights === true)
    throw new Failure('no-rights', 'No right to make the namespaces of a lab', {
      detail: `${detail}. ${RIGHTS_NEEDED}`,
    });
  throw new Failure('lab', `The node ${failed?.node ?? ''} could not be made`, { detail });
}

/** Ends nodes of a lab, all of them where none is named, and waits until they are gone. `onEnded` is called for each. */
export async function endNodes(
  folder: string,
  names: readonly string[] | 'all',
  onEnded?: () => void,
): Promise<readonly string[]> {
  if (names !== 'all' && names.length === 0) return [];
  const ground = await groundOf(folder);
  const end = [...ground.within, await agentBinary(), 'end', ground.folder, ...(names === 'all' ? [] : names)];
  const { exitCode, stdout, stderr } = await tryTool(end, '', onEnded);
  if (exitCode !== 0) throw new Failure('lab', 'Not every node of the lab has ended', { detail: stderr.trim() });
  const Ended = z.object({ node: z.string(), ended: z.boolean() });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Ended.parse(JSON.parse(line)))
    .filter((each) => each.ended)
    .map((each) => each.node);
}

/** Makes the lab's nodes those of the model: starts what is missing, ends what the model no longer has. */
export async function settleNodes(
  topology: string,
  folder: string,
  wanted: readonly WantedNode[],
  count?: Count,
): Promise<Lab> {
  const names = new Set(wanted.map((each) => each.name));
  const before = await readLab(topology, folder);
  const kindOf = new Map(wanted.map((each) => [each.name, each.kind]));
  const stale = [...(before?.nodes.values() ?? [])].filter(
    (node: LabNode) => !names.has(node.name) || kindOf.get(node.name) !== node.kind,
  );
  await endNodes(
    folder,
    stale.map((node) => node.name),
  );
  const running = new Set(
    [...(before?.nodes.keys() ?? [])].filter((name) => !stale.some((node) => node.name === name)),
  );
  await startNodes(
    folder,
    wanted.filter((each) => !running.has(each.name)),
    count,
  );
  const lab = await readLab(topology, folder);
  if (lab === null) throw new Failure('lab', `The folder of the lab of ${topology} is gone`, { detail: join(folder) });
  return lab;
}
