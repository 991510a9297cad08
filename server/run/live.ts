/** Stage: an open session → the links of a host and of namespaces on it, with what went through them. Reads only. */
import { z } from 'zod';
import { Failure } from '../core/failure.ts';
import type { HostView } from '../flow/hostview.ts';
import type { HostSession } from '../host/connection.ts';

export interface LiveLink {
  /** `''`: the host's own stack. */
  readonly scope: string;
  readonly name: string;
  /** `bridge`, `veth`; `null` for a physical port. */
  readonly kind: string | null;
  readonly up: boolean;
  /** `null`: nothing is said of it while the link is down. */
  readonly carrier: boolean | null;
  readonly mtu: number;
  readonly counters: LinkCounters | null;
}

export interface LinkCounters {
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
}

const Direction = z.object({ bytes: z.number(), packets: z.number(), errors: z.number(), dropped: z.number() });
const Counted = z.array(
  z.looseObject({ ifindex: z.number(), stats64: z.looseObject({ rx: Direction, tx: Direction }).optional() }),
);

/** Namespaces whose links are counted; of further ones it is only told whether they are up. */
const MOST_SCOPES = 64;

export async function liveLinks(session: HostSession, view: HostView): Promise<readonly LiveLink[]> {
  const scopes = [...view.scopes.keys()];
  const counted = await countLinks(session, scopes.slice(0, MOST_SCOPES));
  return [...view.scopes.values()].flatMap(({ scope, links }) =>
    [...links.values()].map(({ index, name, type, up, carrier, mtu }) => ({
      ...{ scope, name, kind: type, up, carrier: up ? carrier : null, mtu },
      counters: counted.get(scope)?.get(index) ?? null,
    })),
  );
}

async function countLinks(
  session: HostSession,
  scopes: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<number, LinkCounters>>> {
  const answers = new Map<string, ReadonlyMap<number, LinkCounters>>();
  for (const scope of scopes) {
    const inside = scope === '' ? [] : ['-n', scope];
    const [answer] = await session.run([{ argv: ['ip', ...inside, '-s', '-j', 'link', 'show'] }]);
    // A namespace that has gone since has no links.
    if (answer?.exitCode === 0) answers.set(scope, countersOf(session.host, answer.stdout.toString('utf8')));
  }
  return answers;
}

function countersOf(host: string, text: string): ReadonlyMap<number, LinkCounters> {
  const parsed = Counted.safeParse(parsedJson(host, text));
  if (!parsed.success) throw unread(host, z.prettifyError(parsed.error));
  return new Map(
    parsed.data.flatMap(({ ifindex, stats64 }) => {
      if (stats64 === undefined) return [];
      const { rx, tx } = stats64;
      const counters: LinkCounters = {
        ...{ rxBytes: rx.bytes, rxPackets: rx.packets, rxErrors: rx.errors, rxDropped: rx.dropped },
        ...{ txBytes: tx.bytes, txPackets: tx.packets, txErrors: tx.errors, txDropped: tx.dropped },
      };
      return [[ifindex, counters] as const];
    }),
  );
}

function parsedJson(host: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unread(host, cause instanceof Error ? cause.message : String(cause));
  }
}

function unread(host: string, detail: string): Failure {
  return new Failure('observation', `The counters of ${host} could not be read`, { detail });
}
