/** A snapshot whose listing of rules is damaged is refused, and told where; what only the text of the listing says is taken from it. */
import { describe, expect, it } from 'vitest';
import { Failure } from '../../server/core/failure.ts';
import { withChainDevices } from '../../server/observe/listing-text.ts';
import { readSnapshot } from '../../server/observe/read-snapshot.ts';
import { checksum } from '../../server/observe/snapshot.ts';
import { chance } from '../support/chance.ts';

const EMPTY = ['links', 'routes4', 'routes6', 'rules4', 'rules6', 'vlans', 'fdb', 'neighbours'].map(
  (name) => [`${name}.json`, '[]'] as const,
);
const WHOLE = JSON.stringify({
  nftables: [
    { metainfo: { version: '1.0.6', json_schema_version: 1 } },
    { table: { family: 'inet', name: 't', handle: 1 } },
    { chain: { family: 'inet', table: 't', name: 'c', handle: 1 } },
    { rule: { family: 'inet', table: 't', chain: 'c', handle: 2, expr: [{ accept: null }] } },
  ],
});

function folderWith(listing: string, at = ''): ReadonlyMap<string, Buffer> {
  const files = [...EMPTY, ['nftables.json', WHOLE] as const].map(([name, text]): readonly [string, Buffer] => [
    name,
    Buffer.from(text),
  ]);
  const all = new Map([...files, [`${at}nftables.json`, Buffer.from(listing)]]);
  const recorded = [...all].map(([file, content]) => ({ file, exitCode: 0, sha256: checksum(content) }));
  const manifest = { format: 1, host: 'h', taken: '2026-01-01T00:00:00Z', files: recorded };
  return new Map([...all, ['manifest.json', Buffer.from(JSON.stringify(manifest))]]);
}

function refusal(folder: ReadonlyMap<string, Buffer>): Failure | undefined {
  try {
    readSnapshot(folder);
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

describe('a listing of rules in a snapshot', () => {
  it.each([
    ['that is cut short', WHOLE.slice(0, -20), 'nftables.json line 1 column', 'cut short'],
    ['that is garbled', WHOLE.replace('"chain":{', '"chain":'), 'nftables.json line 1 column', 'garbled'],
    ['that is empty', '', 'nftables.json', 'nothing was printed'],
    ['with a member that is none', '{"nftables": [{"metainfo": {}}, 7]}', 'nftables.json object 2', 'not an object'],
    ['that is something else', '[1, 2]', 'nftables.json', 'not what nft -j lists'],
  ])('%s is refused with its place', (_, text, place, why) => {
    const failure = refusal(folderWith(text));
    expect(failure?.message).toContain('damaged');
    expect(failure?.detail).toContain(place);
    expect(failure?.detail).toContain(why);
  });
  it('of a namespace is named with its folder', () => {
    expect(refusal(folderWith(WHOLE.slice(0, 40), 'netns/red/'))?.detail).toContain('netns/red/nftables.json line 1');
  });
  it('that was changed anywhere is read as it stands, or refused with a reason', () => {
    const from = chance(11);
    for (let tries = 0; tries < 3000; tries += 1) {
      const place = from.upTo(WHOLE.length);
      const letter = from.pick(['"', '{', '}', '[', ']', ',', ':', '7', '-', 'x', 'null', '\u0000', '']);
      const text = WHOLE.slice(0, place) + letter + WHOLE.slice(place + from.upTo(8));
      const failure = refusal(folderWith(text));
      if (failure !== undefined) expect(failure.detail ?? '').not.toBe('');
      else expect(() => JSON.parse(text) as unknown).not.toThrow();
    }
  });
});

describe('interfaces of chains', () => {
  const chain = (name: string) => ({ chain: { family: 'netdev', table: 't', name, hook: 'ingress', prio: 0 } });
  const tables = [{ family: 'netdev', name: 't', objects: [chain('one'), chain('two'), chain('three')] }];
  const listing = [
    'table netdev t { # handle 1',
    '\tchain one { # handle 1',
    '\t\ttype filter hook ingress device "eth0" priority filter; policy accept;',
    '\t}',
    '\tchain two { # handle 2',
    '\t\ttype filter hook egress devices = { eth0, "eth1" } priority -500; policy accept;',
    '\t}',
    '\tchain three { # handle 3',
    '\t}',
    '}',
  ].join('\n');

  it('are taken from the text where nft -j leaves them out', () => {
    const [table] = withChainDevices(tables, listing);
    expect(table?.objects).toMatchObject([{ chain: { dev: ['eth0'] } }, { chain: { dev: ['eth0', 'eth1'] } }, {}]);
    expect(table?.objects[2]).toEqual(chain('three'));
  });
  it('stay as they are listed', () => {
    const told = [{ family: 'netdev', name: 't', objects: [{ chain: { ...chain('one').chain, dev: 'eth7' } }] }];
    expect(withChainDevices(told, listing)).toEqual(told);
  });
});
