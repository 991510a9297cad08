/**
 * Stage: a host → HostView. Input is an open session; output is everything that was read, checked element by element. It
 * interprets nothing, writes nothing, and gives no view at all where a single read is missing or not understood: a plan made
 * from half a picture is worse than none.
 */
import { Failure } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';
import type { HostRecord, HostView, NamespaceView, ScopeView } from '../flow/hostview.ts';
import { MARK_FORMAT } from '../flow/mark.ts';
import type { Program, HostSession } from '../host/connection.ts';
import { splitParts } from './parts.ts';
import { readPath } from './path.ts';
import type { Part } from './parts.ts';
import { parseToolJson } from './json.ts';
import { HostRecord as HostRecordSchema } from './schemas.ts';
import { LOOPBACK_INDEX, scopeView } from './scopes.ts';
import { readServices } from './services.ts';
import { OBSERVE_SCRIPT } from './script.ts';
import { checkTools } from './tools.ts';

export interface ObserveRequest {
  readonly topology: string;
  /** Namespaces to look into whether or not they are marked as ours. */
  readonly namespaces: readonly string[];
  /** Patterns below /proc/sys: `net/ipv4/conf/+/forwarding`; see `script.ts`. */
  readonly sysctls: readonly string[];
  /** Whether to see if anything is changed meanwhile. What is only compared with what is wanted has no need of it. */
  readonly watched?: boolean;
  /** Whether its tools have shown before that they are fit (a reading made a plan, a run was made): without `watched` they are not asked again. */
  readonly toolsKnown?: boolean;
}

/** One reading of a host. */
export interface Reading {
  /** Nothing was changed while it was made: all of it was so at one moment. */
  readonly calm: boolean;
  /** Each list by itself is of one moment. */
  readonly whole: boolean;
  readonly view: HostView;
}

export function recordPath(topology: string): string {
  return `/run/trunkline/borrowed/${topology}.json`;
}

/** The one program that reads a host. */
export function observeProgram(request: ObserveRequest): Program {
  const { topology, namespaces, sysctls, watched = false, toolsKnown = false } = request;
  return {
    argv: [
      ...[
        'sh',
        '-s',
        topology,
        recordPath(topology),
        namespaces.join(' '),
        watched ? 'watched' : toolsKnown ? 'known' : 'free',
      ],
      ...sysctls,
    ],
    stdin: OBSERVE_SCRIPT,
  };
}

/**
 * Whether a reading that was asked for without naming namespaces says all that one with these would have said: marked ones are
 * looked into anyway, and of one that is not there nothing is told.
 * @param output what the program of the first printed.
 */
export function saysAsMuch(output: Buffer, asked: Program, wanted: Program): boolean {
  if (asked.stdin !== wanted.stdin || asked.argv.length !== wanted.argv.length) return false;
  if (!asked.argv.every((word, index) => index === NAMESPACES || word === wanted.argv[index])) return false;
  const names = (wanted.argv[NAMESPACES] ?? '').split(' ').filter((name) => name !== '');
  return names.every((name) => !output.includes(`\0part ${name} alias\n`) || output.includes(`\0part ${name} links\n`));
}

/** Their place among the words of the program. */
const NAMESPACES = 4;

/** Answers with the Failure where what was changed meanwhile may be to blame for it: another reading may succeed. */
export async function readHost(session: HostSession, request: ObserveRequest): Promise<Reading | Failure> {
  const [result] = await session.run([observeProgram(request)]);
  if (result?.exitCode !== 0) {
    throw new Failure('observation', `${session.host} could not be read`, {
      detail: visibleText(result?.stderr.toString('utf8').trim() ?? 'no answer'),
    });
  }
  return readReading(session.host, request.topology, result.stdout, request.watched !== true && request.toolsKnown);
}

/** The pure half: what the program printed, as a view. */
export function readReading(host: string, topology: string, output: Buffer, toolsKnown = false): Reading | Failure {
  const parts = splitParts(host, output);
  const calm = ['yes', 'unwatched'].includes(parts.findLast(({ name }) => name === 'calm')?.output.toString() ?? '');
  const whole = !parts.some(({ errors }) => INTERRUPTED.test(errors));
  try {
    return { calm, whole, view: viewOf(host, topology, parts, !toolsKnown) };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'observation' || (calm && whole)) throw error;
    return error;
  }
}

/** What iproute2 says, with exit code 0, where the list that it asked for was changed before all of it had come. */
const INTERRUPTED = /Dump was interrupted/;

function viewOf(host: string, topology: string, parts: readonly Part[], versions: boolean): HostView {
  checkTools(host, parts, versions);
  const byScope = Map.groupBy(parts, (each) => each.scope);
  const scopes = new Map<string, ScopeView>();
  const namespaces: NamespaceView[] = [];
  for (const [scope, own] of byScope) {
    const named = new Map(own.map((each) => [each.name, each]));
    const view = named.has('links') ? scopeView(host, scope, named) : undefined;
    if (view !== undefined) scopes.set(scope, view);
    // The first look at the alias is what it was looked into for; the links were read with everything else.
    if (scope !== '')
      namespaces.push({ name: scope, alias: view === undefined ? aliasOf(named.get('alias')) : loopbackAlias(view) });
  }
  const record = byScope.get('')?.find((each) => each.name === 'record');
  if (record === undefined || !scopes.has('')) throw new Failure('observation', `${host} was not read as a whole`);
  const services = byScope.get('')?.find((each) => each.name === 'services');
  const path = readPath(byScope.get('')?.find((each) => each.name === 'path')?.output ?? Buffer.alloc(0));
  return {
    ...{ host, scopes, namespaces, record: readRecord(host, topology, record.output) },
    ...(services === undefined ? {} : readServices(host, services.output)),
    ...(path === undefined ? {} : { path }),
  };
}

function aliasOf(part: Part | undefined): string | null {
  const alias = part?.output.toString('latin1') ?? '';
  return alias === '' ? null : alias;
}

function loopbackAlias({ links }: ScopeView): string | null {
  return links.get(LOOPBACK_INDEX)?.alias ?? null;
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
