/** The files of a snapshot → what they say. Refuses one that is damaged, incomplete, or of a newer format. */
import { z } from 'zod';
import { Failure } from '../core/failure.ts';
import type { ScopeView } from '../flow/hostview.ts';
import type { Neighbour, Snapshot } from '../flow/snapshot.ts';
import { SNAPSHOT_FORMAT } from '../flow/snapshot.ts';
import { parseListing } from '../reach/rules/parse-listing.ts';
import { checkEach, escapeControls, parseToolJson } from './json.ts';
import { withChainDevices } from './listing-text.ts';
import type { Part } from './parts.ts';
import { BridgeFdb } from './schemas.ts';
import { scopeView } from './scopes.ts';
import { members, optional, text } from './shape.ts';
import type { Checked } from './shape.ts';
import { checksum } from './snapshot.ts';
import type { SnapshotFolder } from './snapshot.ts';

const Manifest = z.object({
  format: z.int(),
  host: z.string().regex(/^[A-Za-z0-9.-]{0,255}$/),
  taken: z.string().regex(/^[0-9T:Z-]{0,40}$/),
  files: z
    .array(
      z.object({
        file: z.string().regex(/^[a-z0-9./-]+$/),
        exitCode: z.int(),
        sha256: z.string(),
      }),
    )
    .max(100_000),
});
type Manifest = z.infer<typeof Manifest>;

const IpNeighbour = members({ dst: text, dev: text, lladdr: optional(text) });
type IpNeighbour = Checked<typeof IpNeighbour>;

/** What import and audit cannot do without. */
const NEEDED = ['links.json', 'routes4.json', 'routes6.json', 'rules4.json', 'rules6.json', 'vlans.json', 'fdb.json'];
/** By the name that the observing script has for the read. */
const SCOPE_FILES: readonly (readonly [string, string])[] = [
  ...NEEDED.map((file) => [file.replace('.json', ''), file] as const),
  ['tables', 'nftables.json'],
  ['sysctls', 'sysctls.txt'],
];
const IPTABLES = ['iptables.txt', 'ip6tables.txt', 'iptables-legacy.txt', 'ip6tables-legacy.txt'];
const NOT_INSTALLED = 127;

export function readManifest(folder: SnapshotFolder): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(folder.get('manifest.json')?.toString('utf8') ?? '');
  } catch (error) {
    throw damaged('manifest.json is missing or is no JSON', error);
  }
  const parsed = Manifest.safeParse(value);
  if (!parsed.success) throw damaged(`manifest.json: ${z.prettifyError(parsed.error)}`);
  if (parsed.data.format > SNAPSHOT_FORMAT)
    throw new Failure('file-wrong', 'The snapshot was taken by a newer Trunkline', {
      detail: `It has format ${String(parsed.data.format)}; this version reads up to ${String(SNAPSHOT_FORMAT)}.`,
    });
  return parsed.data;
}

export function readSnapshot(folder: SnapshotFolder): Snapshot {
  const manifest = readManifest(folder);
  const host = manifest.host === '' ? 'host' : manifest.host;
  const codes = new Map(manifest.files.map(({ file, exitCode }) => [file, exitCode]));
  for (const { file, sha256 } of manifest.files) {
    const content = folder.get(file);
    if (content === undefined || checksum(content) !== sha256) throw damaged(`${file} is not as it was recorded`);
  }
  for (const file of NEEDED)
    if (codes.get(file) !== 0)
      throw damaged(`${file} could not be read on the host (exit code ${codeOf(codes, file)})`);
  const nft = codes.get('nftables.json');
  if (nft !== 0 && nft !== NOT_INSTALLED)
    throw damaged(
      `nftables.json could not be read on the host (exit code ${codeOf(codes, 'nftables.json')}): was it root?`,
    );
  for (const { file, exitCode } of manifest.files)
    if (exitCode === 0 && /(^|\/)nftables\.json$/.test(file)) checkListing(file, folder.get(file) ?? Buffer.alloc(0));
  const read = (file: string): Buffer => (codes.get(file) === 0 ? folder.get(file) : undefined) ?? Buffer.alloc(0);
  const list = (file: string): unknown => parseToolJson(host, file, orNothing(file, read(file)));
  return {
    manifest,
    host: withTableFlags(scopeView(host, '', partsOf(read)), read('nftables.txt')),
    namespaces: namespacesOf(host, manifest, read),
    scopes: scopesOf(host, codes, read),
    neighbours: checkEach(host, 'ip neigh', IpNeighbour, list('neighbours.json')).flatMap(neighbourOf),
    learned: learnedOn(checkEach(host, 'bridge fdb', BridgeFdb, list('fdb.json'))),
    iptables: iptablesOf(read),
    udpPorts: udpPorts(read('udp.txt').toString('latin1')),
    missing: manifest.files.filter(({ exitCode }) => exitCode === NOT_INSTALLED).map(({ file }) => file),
  };
}

/** Whoever reads the tables says that they are not what nft prints; here it is said where. */
function checkListing(file: string, content: Buffer): void {
  const [first, ...others] = parseListing(escapeControls(content.toString('utf8')), file).unknown;
  if (first === undefined) return;
  const more = others.length === 0 ? '' : `, and ${String(others.length)} more`;
  throw damaged(`${first.place ?? file}: ${first.why}${first.text === '' ? '' : `: ${first.text}`}${more}`);
}

function codeOf(codes: ReadonlyMap<string, number>, file: string): string {
  return String(codes.get(file) ?? 'none');
}

function damaged(detail: string, cause?: unknown): Failure {
  return new Failure('file-wrong', 'The snapshot is damaged or not whole', { detail, cause });
}

function partsOf(read: (file: string) => Buffer): ReadonlyMap<string, Part> {
  return new Map(
    SCOPE_FILES.map(([name, file]) => {
      const content = read(file);
      const output = name === 'sysctls' ? countedSettings(content) : orNothing(file, content);
      return [name, { scope: '', name, exitCode: 0, output, errors: '' }];
    }),
  );
}

/** What was not read because the tool is not there, or there is no IPv6, has nothing in it. */
function orNothing(file: string, content: Buffer): Buffer {
  if (content.length > 0) return content;
  return Buffer.from(file === 'nftables.json' ? '{"nftables":[{"metainfo":{}}]}' : '[]');
}

/** As the observing script ends them: with how many there are. A snapshot has its checksums for that. */
function countedSettings(content: Buffer): Buffer {
  const lines = content
    .toString('latin1')
    .split('\n')
    .filter((line) => /^[^:]+:[\x20-\x7e\t]*$/.test(line));
  const byPath = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line]));
  return Buffer.from([...byPath.values(), `count:${String(byPath.size)}`, ''].join('\n'));
}

function namespacesOf(host: string, { files }: Manifest, read: (file: string) => Buffer): Snapshot['namespaces'] {
  const found = new Map<string, Pick<ScopeView, 'links'>>();
  for (const { file, exitCode } of files) {
    const name = /^netns\/([a-z0-9-]+)\/links\.json$/.exec(file)?.[1];
    if (name === undefined || exitCode !== 0) continue;
    const parts = new Map(partsOf((each) => (each === 'links.json' ? read(file) : Buffer.alloc(0))));
    found.set(name, { links: scopeView(host, name, parts).links });
  }
  return found;
}

/** Namespaces of which every needed read was made; of the others only the links are known. */
function scopesOf(
  host: string,
  codes: ReadonlyMap<string, number>,
  read: (file: string) => Buffer,
): Snapshot['scopes'] {
  const names = [...codes.keys()].flatMap((file) => /^netns\/([a-z0-9-]+)\/links\.json$/.exec(file)?.[1] ?? []);
  return new Map(
    names
      .filter((name) => [...NEEDED, 'nftables.json'].every((file) => codes.get(`netns/${name}/${file}`) === 0))
      .map((name) => {
        const inside = (file: string): Buffer => read(`netns/${name}/${file}`);
        const view = withTableFlags(scopeView(host, name, partsOf(inside)), inside('nftables.txt'));
        return [name, { view, iptables: iptablesOf(inside) }];
      }),
  );
}

/** As the text says them: `nft -j` 1.0.6 prints something else in their place. */
function withTableFlags(view: ScopeView, listing: Buffer): ScopeView {
  const said = new Map(
    [
      ...listing.toString('latin1').matchAll(/^table (\S+) (\S+) \{(?: # handle \d+)?\n\tflags ([a-z,]+)(?: # .*)?$/gm),
    ].map(([, family = '', name = '', flags = '']) => [`${family} ${name}`, flags.split(',').sort()]),
  );
  const tables = withChainDevices(view.tables, listing.toString('latin1'));
  return {
    ...view,
    tables: tables.map((table) => {
      const flags = said.get(`${table.family} ${table.name}`);
      if (flags === undefined) return table;
      const { family, name, objects } = table;
      return {
        family,
        name,
        objects: [{ table: { family, name, flags } }, ...objects.filter((each) => !('table' in each))],
      };
    }),
  };
}

function iptablesOf(read: (file: string) => Buffer): ReadonlyMap<string, string> {
  return new Map(
    IPTABLES.map((file) => [file, read(file).toString('utf8')] as const).filter(([, text]) => text !== ''),
  );
}

function neighbourOf({ dst, dev, lladdr }: IpNeighbour): readonly Neighbour[] {
  return lladdr === undefined ? [] : [{ address: dst, mac: lladdr, device: dev }];
}

function learnedOn(entries: readonly BridgeFdb[]): ReadonlyMap<string, readonly string[]> {
  const learned = entries.filter(({ state }) => state === undefined || state === 'reachable' || state === 'stale');
  const byPort = Map.groupBy(learned, ({ ifname }) => ifname ?? '');
  return new Map([...byPort].map(([port, list]) => [port, [...new Set(list.map(({ mac }) => mac))].sort()]));
}

/** `/proc/net/udp`: local address and port in hex behind the row number. */
function udpPorts(text: string): ReadonlySet<number> {
  return new Set([...text.matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) /gm)].map(([, port]) => parseInt(port ?? '', 16)));
}
