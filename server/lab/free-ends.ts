/**
 * Guests take their ends of the plan's pairs as these are made. To move an end later costs the kernel a grace period each, one
 * after the other (`rcu_barrier` in dev_change_net_namespace, net/core/dev.c): two seconds and more for a hundred guests. So
 * where the plan's own line makes a pair with a free end for a guest that is there, the line says as well whose end it is; all
 * else of it stays, and so do all other lines. What was not taken in this way is moved as before: see `attachGuests`.
 */
import type { Guest, Host, Model } from '../flow/model.ts';
import type { HostConnection, HostSession, Program, ProgramResult } from '../host/connection.ts';
import { runPrograms } from './each.ts';
import { labConnection } from './enter.ts';
import { nodeOf } from './lab.ts';
import type { Lab, LabNode } from './lab.ts';
import { nicName } from '../core/nic-name.ts';

/** The free one of a pair, who takes it, and what it is called there. */
interface FreeEnd {
  readonly device: string;
  readonly guest: LabNode;
  readonly name: string;
}

/** What a batch of the plan is read with. */
interface HostEnds {
  readonly node: LabNode;
  /** By the name of the host's end. */
  readonly free: ReadonlyMap<string, FreeEnd>;
  /** Names under the host's own /run/netns. */
  readonly namespaces: ReadonlySet<string>;
  /** Free ends that were taken so far. */
  readonly taken: Set<string>;
}

/** A lab's host as `labConnection` reaches it; over ssh nothing passes beside the session. */
export function connectionWithGuests(model: Model, lab: Lab, host: Host): HostConnection {
  const connection = labConnection(lab, host);
  if (lab.ssh) return connection;
  const guests = [...model.guests.values()].filter((guest) => guest.host === host.name);
  const free = new Map(guests.flatMap((guest) => endsOf(guest, nodeOf(lab, guest.name))));
  const namespaces = new Set(host.namespaces.map(({ name }) => name));
  return {
    ...connection,
    async open(options) {
      const session = await connection.open(options);
      return withEnds(session, { node: nodeOf(lab, host.name), free, namespaces, taken: new Set() });
    },
  };
}

function endsOf(guest: Guest, node: LabNode): readonly (readonly [string, FreeEnd])[] {
  return guest.nics
    .filter(({ existing }) => !existing)
    .map(({ port, device, network }) => [port, { device, guest: node, name: nicName(network) }] as const);
}

function withEnds(session: HostSession, ends: HostEnds): HostSession {
  let started = 0;
  return {
    host: session.host,
    get started() {
      return session.started + started;
    },
    async run(programs) {
      const results: ProgramResult[] = [];
      let waiting: Program[] = [];
      const flush = async (): Promise<boolean> => {
        if (waiting.length > 0) results.push(...(await session.run(waiting)));
        waiting = [];
        return (results.at(-1)?.exitCode ?? 0) === 0;
      };
      for (const program of programs) {
        const taking = takingOf(program, ends);
        if (taking === null) {
          waiting.push(skippingTaken(program, ends));
          continue;
        }
        // What tells the host how far the run got stays in the session; after a program that fails there is none.
        waiting.push({ argv: [...program.argv.slice(0, -LINK_BATCH.length), 'true'] });
        if (!(await flush())) return results;
        results.pop();
        started += 1;
        results.push(...(await runPrograms([{ node: ends.node, argv: LINK_BATCH, stdin: taking }])));
        if (results.at(-1)?.exitCode !== 0) return results;
      }
      await flush();
      return results;
    },
    close: () => session.close(),
  };
}

const LINK_BATCH = ['ip', '-batch', '-'];

/** The lines of a batch of `ip` on the host itself, in words. They keep their numbers: failures are told by them. */
function linesOf({ argv, stdin }: Program): readonly (readonly string[])[] | null {
  const isBatch = LINK_BATCH.every((word, index) => argv[argv.length - LINK_BATCH.length + index] === word);
  return isBatch && typeof stdin === 'string' ? stdin.split('\n').map((line) => line.split(' ')) : null;
}

function textOf(lines: readonly (readonly string[])[]): string {
  return lines.map((words) => words.join(' ')).join('\n');
}

/** The batch with ends taken in it; `null` where it has none, or does more than links (a namespace by its name is the host's own file). */
function takingOf(program: Program, ends: HostEnds): string | null {
  const lines = linesOf(program);
  const takes = lines?.some((words) => freeEndOf(words, ends)) === true && !lines.some(([first]) => first === 'netns');
  // In order: what is taken by a line is skipped in those after it.
  return takes ? textOf(lines.map((words) => takeEnd(skipTaken(words, ends), ends))) : null;
}

function skippingTaken(program: Program, ends: HostEnds): Program {
  const lines = ends.taken.size === 0 ? null : linesOf(program);
  return lines === null ? program : { ...program, stdin: textOf(lines.map((words) => skipTaken(words, ends))) };
}

/** The mark of a free end is for whoever takes it. */
function skipTaken(words: readonly string[], { taken }: HostEnds): readonly string[] {
  return words.slice(0, 3).join(' ') === 'link set dev' && taken.has(words[3] ?? '') ? [] : words;
}

/** As it runs in the host's network, but among the pids and files outside, where the guests are known. */
function takeEnd(words: readonly string[], ends: HostEnds): readonly string[] {
  const end = freeEndOf(words, ends);
  if (end !== undefined) {
    const peer = words.indexOf('peer');
    ends.taken.add(end.device);
    return [...words.slice(0, peer + 2), end.name, 'netns', String(end.guest.pid), ...words.slice(peer + 3)];
  }
  const outside = `/proc/${String(ends.node.pid)}/root/run/netns/`;
  return words.map((word, index) =>
    words[index - 1] === 'netns' && ends.namespaces.has(word) ? outside + word : word,
  );
}

/** Of `link add name PORT … type veth peer name FREE …`. */
function freeEndOf(words: readonly string[], { free }: HostEnds): FreeEnd | undefined {
  const peer = words.indexOf('peer');
  const makesPair =
    words.slice(0, 3).join(' ') === 'link add name' &&
    words.slice(peer - 2, peer + 2).join(' ') === 'type veth peer name';
  const end = makesPair ? free.get(words[3] ?? '') : undefined;
  return end !== undefined && words[peer + 2] === end.device ? end : undefined;
}
