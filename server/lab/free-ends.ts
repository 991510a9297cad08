/**
 * Guests take their ends of the plan's pairs as these are made. To move an end later costs the kernel a grace period each, one
 * after the other (`rcu_barrier` in dev_change_net_namespace, net/core/dev.c): two seconds and more for a hundred guests. So
 * where the plan's own line makes a pair with a free end for a guest that is there, the line says as well whose end it is; all
 * else of it stays, and so do all other lines. What was not taken in this way is moved as before: see `attachGuests`.
 */
import type { Guest, Host, Model } from '../flow/model.ts';
import type { HostConnection, HostSession, Program } from '../host/connection.ts';
import { runPrograms } from './each.ts';
import { labConnection } from './enter.ts';
import { nodeOf } from './lab.ts';
import type { Lab, LabNode } from './lab.ts';
import { nicName } from './nic-name.ts';

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

/** A lab's host as `labConnection` reaches it. */
export function connectionWithGuests(model: Model, lab: Lab, host: Host): HostConnection {
  const connection = labConnection(lab, host);
  const guests = [...model.guests.values()].filter((guest) => guest.host === host.name);
  const free = new Map(guests.flatMap((guest) => endsOf(guest, nodeOf(lab, guest.name))));
  const namespaces = new Set(host.namespaces.map(({ name }) => name));
  return {
    host: host.name,
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
      const [program] = programs;
      const lines = programs.length === 1 && program !== undefined ? linesOf(program) : null;
      if (lines === null) return session.run(programs);
      // What is more than links (a namespace by its name) is for the host's own files: there ends are only moved.
      if (!lines.some((words) => freeEndOf(words, ends)) || lines.some(([first]) => first === 'netns'))
        return session.run([{ argv: LINK_BATCH, stdin: textOf(lines.map((words) => skipTaken(words, ends))) }]);
      started += 1;
      // In order: what is taken by a line is skipped in those after it.
      const taking = lines.map((words) => takeEnd(skipTaken(words, ends), ends));
      return runPrograms([{ node: ends.node, argv: LINK_BATCH, stdin: textOf(taking) }]);
    },
    close: () => session.close(),
  };
}

const LINK_BATCH = ['ip', '-batch', '-'];

/** The lines of a batch of `ip`, in words. They keep their numbers: failures are told by them. */
function linesOf({ argv, stdin }: Program): readonly (readonly string[])[] | null {
  if (argv.join(' ') !== LINK_BATCH.join(' ') || typeof stdin !== 'string') return null;
  return stdin.split('\n').map((line) => line.split(' '));
}

function textOf(lines: readonly (readonly string[])[]): string {
  return lines.map((words) => words.join(' ')).join('\n');
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
