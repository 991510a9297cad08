import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AuditAnswer, Finding, LedgerRow } from '../../server/api/schema/audit.ts';
import type { PolicyAnswer } from '../../server/api/schema/policy.ts';
import type { RehearsalAnswer } from '../../server/api/schema/rehearsal.ts';
import { LEDGER, FINDINGS } from '../../web/modes/audit/columns.ts';
import { subjectsIn } from '../../web/modes/audit/subjects.ts';
import { packetOf } from '../../web/modes/audit/witness.ts';
import { downText, hostOf, marksOf, parseDown, toggled, worstFirst } from '../../web/modes/failure/down.ts';
import { cellAfter, matrixOf, signOf } from '../../web/modes/policy/matrix.ts';
import type { Column } from '../../web/ui/grid/rows.ts';
import { filtered, nextSort, parseSort, rowAfter, sorted, sortText } from '../../web/ui/grid/rows.ts';
import { graphOf, siteText } from './sites.ts';

interface Row {
  readonly name: string;
  readonly count: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { id: 'name', title: 'Name', width: 100, text: ({ name }) => name },
  { id: 'count', title: 'Count', width: 100, text: ({ count }) => String(count), order: ({ count }) => count },
];

const named = (...names: readonly string[]): readonly Row[] => names.map((name, count) => ({ name, count }));

test('names are sorted as people count, either way, and alike ones keep their order', () => {
  const rows = named('srv10', 'srv9', 'SRV1', 'srv9');
  const by = (descending: boolean): readonly Row[] => sorted(rows, COLUMNS, { column: 'name', descending });
  expect(by(false).map(({ name, count }) => `${name} ${String(count)}`)).toEqual([
    'SRV1 2',
    'srv9 1',
    'srv9 3',
    'srv10 0',
  ]);
  expect(by(true).map(({ count }) => count)).toEqual([0, 1, 3, 2]);
});

test('numbers are sorted as numbers; without a column as they came', () => {
  const rows: readonly Row[] = [10, 9, 100].map((count) => ({ name: 'a', count }));
  expect(sorted(rows, COLUMNS, { column: 'count', descending: false }).map(({ count }) => count)).toEqual([9, 10, 100]);
  expect(sorted(rows, COLUMNS, null)).toBe(rows);
  expect(sorted(rows, COLUMNS, { column: 'gone', descending: false })).toBe(rows);
});

test('a table that is sorted has the rows it had', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ name: fc.string(), count: fc.integer() })),
      fc.boolean(),
      fc.constantFrom('name', 'count'),
      (rows, descending, column) => {
        const after = sorted(rows, COLUMNS, { column, descending });
        expect(after).toHaveLength(rows.length);
        expect(new Set(after)).toEqual(new Set(rows));
      },
    ),
    { seed: 7, numRuns: 200 },
  );
});

test('every word of a search has to be somewhere in a row', () => {
  const rows = named('web one', 'web two', 'db one');
  expect(filtered(rows, COLUMNS, ' ONE  web ').map(({ name }) => name)).toEqual(['web one']);
  expect(filtered(rows, COLUMNS, '')).toBe(rows);
  expect(filtered(rows, COLUMNS, 'web 1').map(({ name }) => name)).toEqual(['web two']);
});

test('a head sorts up, down, and not at all; the address keeps it', () => {
  const first = nextSort(null, 'name');
  expect(first).toEqual({ column: 'name', descending: false });
  const second = nextSort(first, 'name');
  expect(second).toEqual({ column: 'name', descending: true });
  expect(nextSort(second, 'name')).toBeNull();
  expect(nextSort(second, 'count')).toEqual({ column: 'count', descending: false });
  for (const each of [first, second, null]) expect(parseSort(sortText(each) ?? undefined)).toEqual(each);
});

test('keys stay within the table', () => {
  expect(rowAfter('ArrowDown', 9, 10, 5)).toBe(9);
  expect(rowAfter('PageUp', 3, 10, 5)).toBe(0);
  expect(rowAfter('End', 0, 10, 5)).toBe(9);
  expect(rowAfter('x', 0, 10, 5)).toBeNull();
  expect(rowAfter('ArrowDown', 0, 0, 5)).toBeNull();
  expect(cellAfter('ArrowLeft', { row: 1, column: 0 }, { rows: 2, columns: 2 })).toEqual({ row: 1, column: 0 });
  expect(cellAfter('ArrowRight', { row: 1, column: 0 }, { rows: 2, columns: 2 })).toEqual({ row: 1, column: 1 });
  expect(cellAfter('Enter', { row: 0, column: 0 }, { rows: 2, columns: 2 })).toBeNull();
});

const MAPPING: LedgerRow = {
  ...{ gateway: 'vgw-1@hv1', address: '192.0.2.11', protocol: 'tcp', ports: '8000-8010' },
  target: { node: 'vm2', address: '10.1.1.12', ports: '80' },
  ...{ allowed: null, listener: 'none-declared', hairpin: 'unknown', hits: null, through: [] },
};

const FINDING: Finding = {
  ...{ key: 'EXP-001 x', id: 'EXP-001', severity: 'high', summary: 's', detail: '', about: 'vm1 10.1.1.12:22/tcp' },
  at: [{ stack: 'hv2/vgw-1', object: 'o', text: null, place: { file: 'a.yaml', line: 3, column: 1 } }],
  witness: null,
};

test('columns say what the command line says', () => {
  const said = Object.fromEntries(LEDGER.map(({ id, text }) => [id, text(MAPPING)]));
  expect(said).toMatchObject({ ports: '8000-8010/tcp', target: 'vm2 10.1.1.12:80', allowed: 'not decided', hits: '' });
  expect(LEDGER.find(({ id }) => id === 'ports')?.order?.(MAPPING)).toBe(8000);
  const severities: readonly AuditAnswer['findings'][number]['severity'][] = ['info', 'critical', 'medium'];
  const rows = severities.map((severity) => ({ ...FINDING, severity }));
  expect(sorted(rows, FINDINGS, { column: 'severity', descending: false }).map(({ severity }) => severity)).toEqual([
    'critical',
    'medium',
    'info',
  ]);
});

test('rows know what of the map they are about', () => {
  const graph = graphOf(siteText('s', { hosts: 2, networks: 1, guests: 4 }));
  const { ofMapping, ofFinding, concern, nameOf } = subjectsIn(graph);
  const mapping = ofMapping(MAPPING);
  expect(mapping).toEqual(expect.arrayContaining(['internet', 'gateway:vgw-1', 'host:hv1', 'guest:vm2']));
  // By its host and its network, too; not what lies beside it.
  expect(['guest:vm1', 'host:hv2', 'network:app-1'].map((id) => concern(['guest:vm1'], id))).toEqual([
    true,
    true,
    true,
  ]);
  expect(concern(['guest:vm1'], 'host:hv1')).toBe(false);
  expect(ofFinding(FINDING)).toEqual(expect.arrayContaining(['host:hv2', 'gateway:vgw-1', 'guest:vm1']));
  // By its address.
  const owner = graph.nodes.find(({ facts }) => [facts['addresses'] ?? []].flat().join().includes('10.1.1.12/'))?.id;
  expect(owner).toMatch(/^guest:/);
  expect(ofFinding(FINDING)).toContain(owner);
  expect(nameOf('guest:vm2')).toBe('vm2');
});

test('only a packet that can be sent is offered', () => {
  const packet = {
    from: 'db1',
    source: '10.1.1.5',
    destination: '192.0.2.7',
    protocol: 'tcp',
    sourcePort: null,
    ends: null,
  };
  expect(packetOf({ ...packet, destinationPort: 443 })).toEqual({
    from: '10.1.1.5',
    to: '192.0.2.7',
    port: '443/tcp',
  });
  expect(packetOf({ ...packet, from: 'internet', destinationPort: 443 })?.from).toBe('internet');
  expect(packetOf({ ...packet, destinationPort: null })).toBeNull();
  expect(packetOf({ ...packet, source: '0.0.0.0', destinationPort: 443 })).toBeNull();
  expect(packetOf({ ...packet, protocol: '47', destinationPort: null })).toBeNull();
});

const end = (id: string, kind: 'internet' | 'network' | 'gateway') => ({
  ...{ id, kind, name: id.replace(/^.*:/, ''), somebody: null, members: 1 },
});
const ENDS = [end('network:p10', 'network'), end('network:p2', 'network'), end('internet', 'internet')];
const cell = (from: string, to: string, services: readonly string[]) => ({
  ...{ from, to, services, verdict: 'some' as const, flows: [], more: 0 },
});
const POLICY: PolicyAnswer = {
  ...{ formatVersion: 1, diagnostics: [], from: ENDS, to: ENDS, notes: [] },
  cells: [cell('internet', 'network:p2', ['22/tcp']), cell('network:p10', 'network:p10', ['any'])],
};

test('the matrix leaves out what is closed, sorts names as people count, and finds what is near', () => {
  const ids = (list: readonly { readonly id: string }[]): readonly string[] => list.map(({ id }) => id);
  const bare = matrixOf(POLICY, '', true);
  expect(ids(bare.from)).toEqual(['internet', 'network:p2', 'network:p10']);
  const open = matrixOf(POLICY, '', false);
  expect([ids(open.from), ids(open.to)]).toEqual([['internet'], ['network:p2']]);
  // What is meant, and who has to do with it.
  expect(ids(matrixOf(POLICY, 'P2', true).from)).toEqual(['internet', 'network:p2']);
  expect(signOf(bare.cell('internet', 'network:p2'))).toBe('some');
  expect(signOf(bare.cell('network:p2', 'internet'))).toBe('none');
  expect(signOf(cell('a', 'b', ['icmp type 2']))).toBe('control');
});

test('hosts go down and up by what is clicked, and an address keeps them', () => {
  const graph = graphOf(siteText('s', { hosts: 2, networks: 1, guests: 4 }));
  expect(hostOf(graph, 'guest:vm1')).toBe('hv2');
  expect(hostOf(graph, 'host:hv1')).toBe('hv1');
  expect(hostOf(graph, 'network:app-1')).toBeNull();
  expect(hostOf(graph, null)).toBeNull();
  expect(toggled(['hv1'], 'hv2')).toEqual(['hv1', 'hv2']);
  expect(toggled(['hv1', 'hv2'], 'hv1')).toEqual(['hv2']);
  expect(parseDown(downText(['hv2', 'hv1']) ?? undefined, ['hv1', 'hv2', 'hv3'])).toEqual(['hv1', 'hv2']);
  expect(parseDown('gone', ['hv1'])).toEqual([]);
  expect(downText([])).toBeNull();
});

test('marks say what is down, what is lost with it, and what is left in part', () => {
  const answer: RehearsalAnswer = {
    ...{ formatVersion: 1, diagnostics: [], hosts: ['hv1'], promises: [], notes: [] },
    displaced: { without: ['hv1'], moved: [], homeless: [], outcome: 'all' },
    gateways: [
      { name: 'a', state: 'lost', before: 'a@hv1', now: null, members: [] },
      { name: 'b', state: 'taken-over', before: 'b@hv1', now: 'b@hv2', members: [] },
    ],
    guests: [
      { name: 'vm1', host: 'hv1', state: 'down', why: '' },
      { name: 'vm2', host: 'hv2', state: 'cut-off', why: '' },
    ],
    networks: [{ name: 'app-1', state: 'degraded', why: '' }],
  };
  expect(Object.fromEntries(marksOf(answer))).toEqual({
    ...{ 'host:hv1': 'down', 'gateway:a': 'lost', 'gateway:b': 'changed' },
    ...{ 'guest:vm1': 'down', 'guest:vm2': 'lost', 'network:app-1': 'doubtful' },
  });
});

test('what was promised for the case comes first, then what is lost', () => {
  const left = (text: string, change: object): RehearsalAnswer['promises'][number] => ({
    ...{ kind: 'policy', text, place: { file: 'a', line: 1, column: 1 }, outcome: 'kept', promised: false },
    ...{ probes: 1, failing: 0, endDown: 0, example: null },
    ...change,
  });
  const list = [
    left('kept', {}),
    left('half', { outcome: 'degraded' }),
    left('lost', { outcome: 'lost' }),
    left('promised', { outcome: 'degraded', promised: true }),
    left('kept as promised', { promised: true }),
  ];
  expect(worstFirst(list).map(({ text }) => text)).toEqual(['promised', 'lost', 'half', 'kept', 'kept as promised']);
});
