/**
 * Commands → programs. Commands of one tool and scope that follow each other become one process: `ip -batch -`,
 * `bridge -batch -`, one atomic `nft -f -`. Each line knows which command it came from, so that a failing line names its step.
 */
import type { Command, Sweep } from '../flow/command.ts';
import { inScope, optionsOf } from '../flow/command.ts';
import { CONTROL_NAME, frameFiles, serviceKey, SERVICES } from '../flow/service.ts';
import type { Program } from '../host/connection.ts';
import { batchKey } from '../plan/units.ts';

/** A command with the position of its step in the plan. */
export interface PlacedCommand {
  readonly position: number;
  readonly command: Command;
}

export interface Batch {
  readonly tool: Command['tool'];
  readonly scope: string;
  readonly program: Program;
  /** By line of the program's input, counted from 1: which step the line belongs to. */
  readonly positionOfLine: readonly number[];
  /** All lines take effect, or none. */
  readonly atomic: boolean;
  readonly positions: readonly number[];
  /** Links gathered in a group that is deleted once the batch has run. */
  readonly sweep: { readonly group: number; readonly devices: readonly string[] } | null;
}

export function batchCommands(commands: readonly PlacedCommand[]): readonly Batch[] {
  const batches: Batch[] = [];
  let run: PlacedCommand[] = [];
  const close = (): void => {
    if (run.length > 0) batches.push(batchOf(run));
    run = [];
  };
  for (const each of commands) {
    const last = run.at(-1);
    if (last !== undefined && !fitsTogether(last.command, each.command)) close();
    run.push(each);
  }
  close();
  return batches;
}

function fitsTogether(a: Command, b: Command): boolean {
  if (batchKey(a) !== batchKey(b) || a.tool === 'file' || a.tool === 'service') return false;
  return sweepOf(a)?.group === sweepOf(b)?.group;
}

function sweepOf(command: Command): Sweep | undefined {
  return command.tool === 'ip' || command.tool === 'bridge' ? command.sweep : undefined;
}

function batchOf(run: readonly PlacedCommand[]): Batch {
  const first = run[0]?.command;
  if (first === undefined) throw new TypeError('a batch of no commands');
  const lines: string[] = [];
  const positionOfLine: number[] = [];
  for (const { position, command } of run) {
    for (const line of inputLines(command)) {
      lines.push(line);
      positionOfLine.push(position);
    }
  }
  const input = lines.map((line) => `${line}\n`).join('');
  const devices = run.flatMap(({ command }) => sweepOf(command)?.device ?? []);
  const group = sweepOf(first)?.group;
  return {
    tool: first.tool,
    scope: first.scope,
    program: programOf(first, input),
    positionOfLine,
    atomic: first.tool === 'nft',
    positions: [...new Set(run.map((each) => each.position))],
    sweep: group === undefined ? null : { group, devices },
  };
}

function programOf(command: Command, input: string): Program {
  const { tool, scope } = command;
  switch (tool) {
    case 'ip':
    case 'bridge':
      return { argv: [tool, ...optionsOf(command), '-batch', '-'], stdin: input };
    case 'nft':
      return { argv: inScope(scope, ['nft', '-f', '-']), stdin: input };
    case 'sysctl':
      return { argv: inScope(scope, ['sh', '-c', WRITE_SYSCTLS]), stdin: input };
    case 'file':
      return command.content === null
        ? { argv: ['sh', '-c', REMOVE_FILE, 'trunkline-file', command.path] }
        : { argv: ['sh', '-c', WRITE_FILE, 'trunkline-file', command.path], stdin: command.content };
    case 'service': {
      const key = serviceKey(command.scope, command.name);
      return command.files === null
        ? { argv: ['sh', '-c', END_SERVICE, 'trunkline-service', key] }
        : { argv: ['sh', '-c', TAKE_SERVICE, 'trunkline-service', key], stdin: frameFiles(command.files) };
    }
  }
}

/**
 * The same for taking back, where any part may never have been done: `-force` goes on after a line that fails, and so does
 * the writing of settings; a file is written in its own place where there is no room beside it; nft stays all or nothing.
 */
export function forced(batch: Batch): Batch {
  const { tool, program } = batch;
  const { argv } = program;
  const [name = '', ...rest] = argv;
  switch (tool) {
    case 'ip':
    case 'bridge':
      return { ...batch, program: { ...program, argv: [name, '-force', ...rest] } };
    case 'sysctl':
      return { ...batch, program: { ...program, argv: [...argv, 'trunkline-sysctl', 'force'] } };
    case 'file':
      return { ...batch, program: { ...program, argv: [...argv, 'force'] } };
    case 'nft':
    case 'service':
      return batch;
  }
}

/** What `sysctl -w` does, for names of devices with dots too, and on hosts without procps; `?` before a path is `-e`. */
const WRITE_SYSCTLS =
  'n=0; code=0; while read -r path value; do n=$((n + 1)); case $path in "?"*) path=${path#?}; [ -e "/proc/sys/$path" ] || continue ;; esac; printf "%s\\n" "$value" >"/proc/sys/$path" || { echo "line $n: $path" >&2; code=1; [ "$1" = force ] || break; }; done; exit $code';

/**
 * A reader sees the old file or the new one, also after a power cut; where there is no room for the new one, nothing is left of
 * it. A file that is so already needs no room. Nor does taking back: what was there before a run is no longer than what the
 * run put in its place, and overwriting takes no room.
 */
const WRITE_FILE = [
  'umask 077; mkdir -p "${1%/*}" || exit 1; new=$(cat; echo .)',
  '[ ! -e "$1" ] || [ "$new" != "$(cat "$1"; echo .)" ] || exit 0',
  'new=${new%.}; printf %s "$new" >"$1.new" && sync "$1.new" && mv "$1.new" "$1" && sync "${1%/*}" && exit 0',
  'rm -f "$1.new"; size=$(printf %s "$new" | wc -c); [ "$2" = force ] && [ -e "$1" ] && [ "$size" -le "$(wc -c <"$1")" ] || exit 1',
  'printf %s "$new" | dd of="$1" conv=notrunc bs=64k iflag=fullblock 2>/dev/null && truncate -s "$size" "$1" && sync "$1"',
].join('; ');

/** Folders that are empty then go too; the ones that hold something else stay. */
const REMOVE_FILE = 'rm -f "$1" "$1.new" && dir=${1%/*} && { rmdir "$dir" "${dir%/*}" 2>/dev/null || :; }';

/** What came is laid beside what runs; its own script knows how it is checked and put in force. */
const TAKE_SERVICE = [
  `umask 077; new=${SERVICES}/$1.new; rm -rf "$new"; mkdir -p "$new" && cat >"$new/settings" || exit 1`,
  'while read -r name size; do case $name in "" | *[!a-z.]*) exit 1 ;; esac; head -c "$size" >"$new/$name" || exit 1; done <"$new/settings"',
  `exec sh "$new/${CONTROL_NAME}" take "$1"`,
].join('; ');

const END_SERVICE = `[ ! -e "${SERVICES}/$1/${CONTROL_NAME}" ] || exec sh "${SERVICES}/$1/${CONTROL_NAME}" stop "$1"`;

function inputLines(command: Command): readonly string[] {
  switch (command.tool) {
    case 'ip':
    case 'bridge':
      return [command.args.map((word, at, all) => (isNoAlias(word, all[at - 1]) ? '""' : batchWord(word))).join(' ')];
    case 'nft':
      return command.input.replace(/\n+$/, '').split('\n');
    case 'sysctl':
      return [`${command.optional === true ? '?' : ''}${sysctlPath(command.path)} ${command.value}`];
    case 'file':
    case 'service':
      return [];
  }
}

/** An empty description takes a mark away. */
function isNoAlias(word: string, before: string | undefined): boolean {
  return word === '' && before === 'alias';
}

/** In a batch `#`, quotes, blanks and backslashes have meanings, and there is no way to escape them all. */
function batchWord(word: string): string {
  if (!/^[A-Za-z0-9:./@_+=,%-]+$/.test(word)) throw new TypeError(`not fit for a batch line: ${JSON.stringify(word)}`);
  return word;
}

function sysctlPath(path: string): string {
  if (!/^net\/[A-Za-z0-9./@_-]+$/.test(path) || path.includes('..'))
    throw new TypeError(`not a path below /proc/sys/net: ${JSON.stringify(path)}`);
  return path;
}

/** Which line a tool complains about, where it says so. */
export function failingLine(batch: Batch, stderr: string): number | undefined {
  const pattern =
    batch.tool === 'nft'
      ? /(?:stdin|-):(\d+):\d+/
      : batch.tool === 'sysctl'
        ? /line (\d+):/
        : /Command failed [^\s:]*:(\d+)/;
  const match = pattern.exec(stderr);
  return match === null ? undefined : Number(match[1]);
}
