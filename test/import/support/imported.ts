/** A host of a test's own, imported as a person would: recorded, written, checked. */
import { expect } from 'vitest';
import { importTopology } from '../../../server/import/import.ts';
import type { Imported } from '../../../server/import/import.ts';
import { lineKey, placesOf } from '../../../server/import/ledger.ts';
import { legacyLines } from '../../../server/import/iptables.ts';
import type { Model } from '../../../server/flow/model.ts';
import type { Snapshot } from '../../../server/flow/snapshot.ts';
import type { HostConnection } from '../../../server/host/connection.ts';
import { compileText } from '../../../server/model/compile-file.ts';
import { readSnapshot } from '../../../server/observe/read-snapshot.ts';
import { takeSnapshot } from '../../../server/observe/snapshot.ts';
import type { SnapshotFolder } from '../../../server/observe/snapshot.ts';
import { formatTopology } from '../../../server/topology/format/format.ts';

export interface ImportedHost {
  readonly snapshot: Snapshot;
  readonly imported: Imported;
  readonly model: Model;
}

export async function record(connection: HostConnection): Promise<SnapshotFolder> {
  const session = await connection.open({ lock: false });
  try {
    return await takeSnapshot(session);
  } finally {
    await session.close();
  }
}

/** What every import has to be, whatever the host is like. */
export function importFolder(folder: SnapshotFolder, topology = 'e-hand'): ImportedHost {
  const snapshot = readSnapshot(folder);
  const imported = importTopology(snapshot, { access: 'local', topology });
  const { text } = imported;
  expect(unaccounted(snapshot, imported)).toEqual([]);
  expect(formatTopology({ file: 'hand.yaml', text })).toEqual({ text, diagnostics: [] });
  const { model, diagnostics } = compileText({ file: 'hand.yaml', text });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (model === null) throw new Error('no model');
  expect(model.missing).toEqual([]);
  return { snapshot, imported, model };
}

/**
 * Objects of the snapshot that are neither in the file, nor in the list, nor the kernel's own: each key is there once, what is listed is
 * in the list with its place, and what is said to be in the file is to be found there by its own name or address.
 */
export function unaccounted(snapshot: Snapshot, { entries, unexpressed, text }: Imported): readonly string[] {
  const wanted = [...placesOf(snapshot).keys(), ...legacyLines(snapshot).keys()];
  const found = Map.groupBy(entries, ({ key }) => key);
  const missing = wanted.filter((key) => found.get(key)?.length !== 1);
  const listed = new Set(unexpressed.map(({ place }) => place));
  const dropped = entries.filter(({ place, outcome }) => outcome.type === 'listed' && !listed.has(place));
  const unwritten = entries.filter(
    ({ key, place, outcome }) => outcome.type === 'file' && !isWritten(key, place, text),
  );
  const claimed = entries.filter(({ key, outcome }) => outcome.type === 'kernel' && !isKernels(snapshot, key));
  return [...missing, ...[...dropped, ...unwritten, ...claimed].map(({ key }) => key)];
}

const BODY = /^(?:(?!# Not in this file:)[^])*/;

function isWritten(key: string, place: string, text: string): boolean {
  const body = BODY.exec(text)?.[0] ?? '';
  const word =
    / (\S+)(?: (?:via|on) |$)/.exec(place.replace(/^(interface|address|route|IPv\d rule)/, ''))?.[1] ?? place;
  if (key.startsWith('link ')) return body.includes(place.slice('interface '.length));
  if (key.startsWith('address ')) return body.includes(word.split('/')[0] ?? word);
  if (key.startsWith('route ')) return body.includes(word) || body.includes(/ via (\S+)/.exec(place)?.[1] ?? word);
  return body.includes(`# ${place}`) || key.startsWith('table ') || key.startsWith(lineKey('', 0).slice(0, 4));
}

/** By what the kernel says of it, not by what import thinks. */
function isKernels({ host }: Snapshot, key: string): boolean {
  const [sort, first = '', second = ''] = key.split(' ');
  const link = host.links.get(Number(first));
  if (sort === 'link') return link?.name === 'lo';
  if (sort === 'address') return link?.name === 'lo' || link?.addresses[Number(second)]?.kernel === true;
  if (sort === 'rule') return [0, 32_766, 32_767].includes(host.rules[Number(first)]?.priority ?? -1);
  const route = sort === 'route' ? host.routes[Number(first)] : undefined;
  return route?.protocol === 'kernel' || route?.table === 'local' || route?.type === 'multicast';
}
