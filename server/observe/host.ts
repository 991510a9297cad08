/**
 * Stage: a host → HostView. Input is an open session; output is everything that was read, checked element by element. It
 * interprets nothing, writes nothing, and gives no view at all where a single read is missing or not understood: a plan made
 * from half a picture is worse than none.
 */
import { Failure } from '../core/failure.ts';
import type { HostRecord, HostView, NamespaceView, ScopeView } from '../flow/hostview.ts';
import { MARK_FORMAT } from '../flow/mark.ts';
import type { Program, HostSession } from '../host/connection.ts';
import { splitParts } from './parts.ts';
import { readPath } from './path.ts';
import type { Part } from './parts.ts';
import { parseToolJson } from './json.ts';
import { HostRecord as HostRecordSchema } from './schemas.ts';
import { scopeView } from './scopes.ts';
import { OBSERVE_SCRIPT } from './script.ts';
import { checkTools } from './tools.ts';

export interface ObserveRequest {
  readonly topology: string;
  /** Namespaces to look into whether or not they are marked as ours. */
  readonly namespaces: readonly string[];
  /** Patterns below /proc/sys: `net/ipv4/conf/+/forwarding`; see `script.ts`. */
  readonly sysctls: readonly string[];
}

export function recordPath(topology: string): string {
  return `/run/trunkline/borrowed/${topology}.json`;
}

/** The one program that reads a host. */
export function observeProgram(request: ObserveRequest): Program {
  const { topology, namespaces, sysctls } = request;
  return {
    argv: ['sh', '-s', topology, recordPath(topology), namespaces.join(' '), ...sysctls],
    stdin: OBSERVE_SCRIPT,
  };
}

export async function observeHost(session: HostSession, request: ObserveRequest): Promise<HostView> {
  const [result] = await session.run([observeProgram(request)]);
  if (result?.exitCode !== 0) {
    throw new Failure('observation', `${session.host} could not be read`, {
      detail: result?.stderr.toString('utf8').trim() ?? 'no answer',
    });
  }
  return readHostView(session.host, request.topology, result.stdout);
}

/** The pure half: what the program printed, as a view. */
export function readHostView(host: string, topology: string, output: Buffer): HostView {
  const parts = splitParts(host, output);
  checkTools(host, parts);
  const byScope = Map.groupBy(parts, (each) => each.scope);
  const scopes = new Map<string, ScopeView>();
  const namespaces: NamespaceView[] = [];
  for (const [scope, own] of byScope) {
    const named = new Map(own.map((each) => [each.name, each]));
    if (scope !== '') namespaces.push({ name: scope, alias: aliasOf(named.get('alias')) });
    if (named.has('links')) scopes.set(scope, scopeView(host, scope, named));
  }
  const record = byScope.get('')?.find((each) => each.name === 'record');
  const path = readPath(byScope.get('')?.find((each) => each.name === 'path')?.output ?? Buffer.alloc(0));
  return {
    ...{ host, scopes, namespaces, record: readRecord(host, topology, record?.output ?? Buffer.alloc(0)) },
    ...(path === undefined ? {} : { path }),
  };
}

function aliasOf(part: Part | undefined): string | null {
  return /"ifalias":"([^"]*)"/.exec(part?.output.toString('utf8') ?? '')?.[1] ?? null;
}

function readRecord(host: string, topology: string, output: Buffer): HostRecord | null {
  if (output.length === 0) return null;
  const parsed = HostRecordSchema.safeParse(parseToolJson(host, 'the record of borrowed things', output));
  const path = recordPath(topology);
  if (!parsed.success || parsed.data.topology !== topology) {
    throw new Failure('observation', `The record of borrowed things on ${host} is damaged`, {
      detail: `${path} does not have the shape it was written with.`,
      toDo: [`Look at ${path} on ${host}; remove it only if what it lists has been given back.`],
    });
  }
  if (parsed.data.format > MARK_FORMAT) {
    throw new Failure('observation', `The record on ${host} was written by a newer Trunkline`, {
      detail: `${path} has format ${String(parsed.data.format)}.`,
    });
  }
  return parsed.data;
}
