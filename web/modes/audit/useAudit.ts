import { useMemo } from 'react';
import type { AuditAnswer, Finding, LedgerRow } from '../../../server/api/schema/audit.ts';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import type { Column, Sort } from '../../ui/grid/rows.ts';
import { filtered, parseSort, sorted } from '../../ui/grid/rows.ts';
import type { Stage } from '../mode.ts';
import { FINDINGS, LEDGER, ledgerKey } from './columns.ts';
import type { Subjects } from './subjects.ts';
import { subjectsIn } from './subjects.ts';

export type Accepted = AuditAnswer['suppressed'][number];
export type Tab = 'findings' | 'ledger' | 'accepted';
export const TABS: readonly Tab[] = ['findings', 'ledger', 'accepted'];

export interface Shown<Row> {
  readonly rows: readonly Row[];
  /** Without search and what is chosen on the map. */
  readonly all: readonly Row[];
}

export interface AuditTables {
  readonly tab: Tab;
  readonly sort: Sort | null;
  readonly search: string;
  readonly findings: Shown<Finding>;
  readonly ledger: Shown<LedgerRow>;
  readonly accepted: Shown<Accepted>;
  /** The row that is open. */
  readonly finding: Finding | Accepted | null;
  readonly mapping: LedgerRow | null;
  readonly subjects: Subjects;
}

/** What of an audit is on the page, as its address says. */
export function useAudit(answer: AuditAnswer, graph: GraphDocument, { kept, chosen }: Stage): AuditTables {
  const subjects = useMemo(() => subjectsIn(graph), [graph]);
  const tab = TABS.find((each) => each === kept['table']) ?? 'findings';
  const search = kept['find'] ?? '';
  const sortKept = kept['sort'];
  const sort = useMemo(() => parseSort(sortKept), [sortKept]);
  const row = kept['row'] ?? null;
  const view = { search, sort, chosen, subjects };
  const findings = useTable(answer.findings, FINDINGS, { ...view, of: subjects.ofFinding });
  const ledger = useTable(answer.ledger, LEDGER, { ...view, of: subjects.ofMapping });
  const accepted = useTable(answer.suppressed, FINDINGS, { ...view, of: subjects.ofFinding });
  const finding = useMemo(
    () => (tab === 'accepted' ? answer.suppressed : answer.findings).find(({ key }) => key === row) ?? null,
    [answer, tab, row],
  );
  const mapping = useMemo(() => answer.ledger.find((each) => ledgerKey(each) === row) ?? null, [answer, row]);
  return {
    ...{ tab, sort, search, findings, ledger, accepted, subjects },
    finding: tab === 'ledger' ? null : finding,
    mapping: tab === 'ledger' ? mapping : null,
  };
}

interface View<Row> {
  readonly search: string;
  readonly sort: Sort | null;
  readonly chosen: string | null;
  readonly subjects: Subjects;
  readonly of: (row: Row) => readonly string[];
}

function useTable<Row>(
  all: readonly Row[],
  columns: readonly Column<Row>[],
  { search, sort, chosen, subjects, of }: View<Row>,
): Shown<Row> {
  const near = useMemo(
    () => (chosen === null ? all : all.filter((row) => subjects.concern(of(row), chosen))),
    [all, chosen, subjects, of],
  );
  const found = useMemo(() => filtered(near, columns, search), [near, columns, search]);
  const rows = useMemo(() => sorted(found, columns, sort), [found, columns, sort]);
  return useMemo(() => ({ rows, all }), [rows, all]);
}
