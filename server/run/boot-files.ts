/**
 * Stage: the desired state of one host, and what it has borrowed → the files from which that host makes it again when it
 * starts, by itself. See `boot-script.ts` for who reads them.
 *
 * Order and commands are those of a plan for a host where nothing is yet: filters stand before anything can pass, bridges come
 * up last. What network managers take for leftovers of their own when they start (rules and routes) is there once more, to be
 * put back behind them.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/json.ts';
import type { Command } from '../flow/command.ts';
import type { HostRecord } from '../flow/hostview.ts';
import type { Step } from '../flow/plan.ts';
import type { DesiredState, Resource } from '../flow/resource.ts';
import type { Program } from '../host/connection.ts';
import type { Kind } from '../kinds/kind.ts';
import { firstSteps } from '../plan/first.ts';
import { batchCommands, forced } from './batch.ts';
import { BOOT_SCRIPT } from './boot-script.ts';
import { bootUnits } from './boot-units.ts';
import { batchesOf } from './inverse.ts';
import type { JournalMeta } from './journal.ts';

export const BOOT_FORMAT = 1;

/** Content by name; the folder of a topology holds them side by side. */
export type BootFiles = Readonly<Record<string, string>>;

/** What follows from the desired state alone. */
export interface FirstCreation {
  readonly desired: DesiredState;
  readonly digest: string;
  readonly state: string;
  /** Lines of the index: what shows that it stands, and the programs with their input in `data`. */
  readonly signs: readonly string[];
  readonly programs: readonly string[];
  readonly data: string;
}

export interface Kept {
  readonly meta: JournalMeta;
  readonly record: HostRecord | null;
  /** Nothing of the topology was on the host before this run. */
  readonly fromNothing: boolean;
}

export function firstCreation(desired: DesiredState, kinds: readonly Kind[]): FirstCreation {
  const steps = firstSteps(desired, kinds);
  const state = canonicalJson([...desired.resources.values()]);
  return { desired, digest: digestOf(desired), state, signs: standingSigns(desired, steps), ...programFrames(steps) };
}

/** Nothing desired is kept by keeping nothing: `gone` says so. */
export function bootFiles(first: FirstCreation, kept: Kept, kinds: readonly Kind[]): BootFiles {
  const { topology } = kept.meta;
  if (first.desired.resources.size === 0) return { topology: `${topology}\n`, gone: '' };
  const head = [`format ${String(BOOT_FORMAT)}`, `topology ${topology}`];
  const index = [...head, ...first.signs, ...borrowing(first.desired, kept.record, kinds), ...first.programs, 'end'];
  return {
    topology: `${topology}\n`,
    digest: `${first.digest}\n`,
    index: index.map((line) => `${line}\n`).join(''),
    data: first.data,
    restore: BOOT_SCRIPT,
    'state.json': `${stateText(first, kept)}\n`,
    ...bootUnits(topology),
  };
}

/** Equal for equal desired states, and as long as they are written down in the same way. */
export function digestOf({ resources }: DesiredState): string {
  const all = [...resources.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return createHash('sha256')
    .update(canonicalJson([BOOT_FORMAT, BOOT_SCRIPT, all]))
    .digest('hex');
}

function stateText({ desired: { host }, state }: FirstCreation, { meta, fromNothing }: Kept): string {
  const { run, topology, who, at } = meta;
  const about = canonicalJson({ formatVersion: BOOT_FORMAT, topology, host, run, who, at, fromNothing });
  return `${about.slice(0, -1)},"desired":${state}}`;
}

function programFrames(steps: readonly Step[]): Pick<FirstCreation, 'programs' | 'data'> {
  const programs: string[] = [];
  const inputs: string[] = [];
  let offset = 0;
  for (const { sort, program } of programsOf(steps)) {
    const wrong = program.argv.find((each) => /[\n\0]/.test(each));
    if (wrong !== undefined) throw new TypeError(`argument with a line break or NUL: ${JSON.stringify(wrong)}`);
    const input = String(program.stdin ?? '');
    const size = Buffer.byteLength(input);
    programs.push(`run ${sort} ${String(program.argv.length)} ${String(offset)} ${String(size)}`, ...program.argv);
    inputs.push(input);
    offset += size;
  }
  return { programs, data: inputs.join('') };
}

/** What of it shows that it is there already: namespaces, and tables of the host's own stack. Links show it by their mark. */
function standingSigns({ resources }: DesiredState, steps: readonly Step[]): readonly string[] {
  const scopes = new Set([...resources.values()].map(({ scope }) => scope).filter((scope) => scope !== ''));
  const inputs = steps.flatMap(({ commands }) =>
    commands.flatMap((command) => (command.tool === 'nft' && command.scope === '' ? [command.input] : [])),
  );
  const tables = inputs.flatMap((input) =>
    [...input.matchAll(/^table ([a-z0-9]+ [A-Za-z0-9_.-]+) \{$/gm)].map(([, name]) => name ?? ''),
  );
  return [...[...scopes].map((scope) => `namespace ${scope}`), ...[...new Set(tables)].map((name) => `table ${name}`)];
}

/** What is borrowed, and the former value of each as a text with gaps that the host fills. */
function borrowing(desired: DesiredState, record: HostRecord | null, kinds: readonly Kind[]): readonly string[] {
  const kindOf = new Map(kinds.map((each) => [each.name, each]));
  const nics: string[] = [];
  const entries = Object.entries(record?.former ?? {}).flatMap(([id, former]) => {
    const at = kindOf.get(former.kind)?.atStart?.(former, desired.resources.get(id)) ?? { former, reads: {} };
    if (at.nic !== undefined) nics.push(`nic ${at.nic.device} ${String(at.nic.mtu)}`);
    const gaps = Object.entries(at.reads).flatMap(([field, read]) => [
      `text ,"${field}":`,
      'setting' in read ? `setting ${read.setting}` : `${read.is} ${read.device}`,
    ]);
    return [
      `entry ${at.nic?.device ?? '-'}`,
      `text ${JSON.stringify(id)}:${opened(at.former, at.reads)}`,
      ...gaps,
      'text }',
    ];
  });
  return [...nics, ...entries];
}

/** Without the fields that are filled in, and without the brace that ends it. */
function opened(former: Resource, reads: object): string {
  const known = Object.fromEntries(Object.entries(former).filter(([field]) => !(field in reads)));
  return canonicalJson(known).slice(0, -1);
}

interface Sorted {
  /** `hard`: what follows is not done where it fails. `soft`: it is. `late`: behind the network managers only. */
  readonly sort: 'hard' | 'soft' | 'late';
  readonly program: Program;
}

function programsOf(steps: readonly Step[]): readonly Sorted[] {
  const now = batchesOf(steps).map((batch) => ({
    sort: batch.tool === 'nft' ? ('hard' as const) : ('soft' as const),
    program: forced(batch).program,
  }));
  const again = steps.flatMap(({ commands }, position) =>
    commands.filter(isTakenByManagers).map((command) => ({ position, command })),
  );
  const late = batchCommands(again).map((batch) => ({ sort: 'late' as const, program: forced(batch).program }));
  return [...now, ...late];
}

function isTakenByManagers(command: Command): boolean {
  return command.tool === 'ip' && command.scope === '' && /^(rule|route)$/.test(command.args[0] ?? '');
}
