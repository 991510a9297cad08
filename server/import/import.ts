/**
 * Stage: a snapshot → the text of a topology that describes what is there, and a list of what it does not say. Pure. A plan of the
 * file against the same host changes nothing about links, addresses and routes but the mark, and adds our tables beside those of
 * others. Every object of the snapshot ends in the file, in the list, or is the kernel's own.
 */
import { digest } from '../core/hash.ts';
import type { Snapshot } from '../flow/snapshot.ts';
import type { Draft } from './draft.ts';
import { legacyLines } from './iptables.ts';
import { draftLinks } from './layout.ts';
import { openLedger } from './ledger.ts';
import type { Outcome, Unexpressed } from './ledger.ts';
import { newNames, tame } from './names.ts';
import { draftNat } from './nat.ts';
import { draftRoutes } from './routes.ts';
import { listTables } from './tables.ts';
import { writeTopology } from './write.ts';

export interface ImportRequest {
  /** As `access` is written: `local`, `ssh://root@gw-x.example.net`. */
  readonly access: string;
  /** Name of the topology; the host's name where left out. */
  readonly topology?: string | undefined;
}

export interface Imported {
  readonly topology: string;
  readonly text: string;
  readonly unexpressed: readonly Unexpressed[];
  readonly entries: readonly { readonly key: string; readonly place: string; readonly outcome: Outcome }[];
}

export function importTopology(snapshot: Snapshot, { access, topology }: ImportRequest): Imported {
  const nameFor = newNames();
  const host = nameFor(tame(snapshot.manifest.host) ?? 'host', 'host');
  const draft: Draft = {
    topology:
      topology ?? tame(snapshot.manifest.host) ?? `host-${digest('import', access).toString('hex').slice(0, 6)}`,
    host,
    access,
    networks: [],
    bridges: [],
    bonds: [],
    guests: [],
    routes: [],
    gateway: null,
    notes: [],
  };
  const ledger = openLedger(snapshot, legacyLines(snapshot));
  const job = { snapshot, draft, ledger, nameFor };
  draftLinks(job);
  draftRoutes(job);
  draftNat(job);
  listTables(job, draft.gateway !== null);
  draft.notes.push(...headNotes(snapshot, draft));
  const entries = ledger.entries();
  const unexpressed = entries.flatMap(({ place, outcome }) =>
    outcome.type === 'listed' ? [{ place, reason: outcome.reason }] : [],
  );
  const list = listLines(unexpressed);
  const text = writeTopology(draft, list.length === 0 ? [] : ['Not in this file:', ...list.map((each) => `  ${each}`)]);
  return { topology: draft.topology, text, unexpressed, entries };
}

function headNotes({ manifest, missing }: Snapshot, draft: Draft): readonly string[] {
  const unread = missing.filter((file) => file === 'nftables.json');
  return [
    `What ${draft.host} was like at ${manifest.taken}. Look at it, run \`trunkline plan\` on it, and then \`trunkline apply --adopt\`.`,
    ...unread.map(() => 'nft is not installed there: no firewall or NAT rule could be read.'),
  ];
}

/** One line for all of a table that have the same reason. */
export function listLines(unexpressed: readonly Unexpressed[]): readonly string[] {
  const groups = Map.groupBy(
    unexpressed,
    ({ place, reason }) => `${/^table \S+ [^,]+/.exec(place)?.[0] ?? place}\n${reason}`,
  );
  return [...groups].map(([key, list]) => {
    const [place = '', reason = ''] = key.split('\n');
    const [only] = list;
    return list.length === 1 && only !== undefined
      ? `${only.place}: ${reason}`
      : `${place} (${String(list.length)} objects): ${reason}`;
  });
}
