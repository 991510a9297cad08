import type { ReactNode } from 'react';
import { useEffect, useMemo } from 'react';
import type { AuditAnswer, Finding, LedgerRow } from '../../../server/api/schema/audit.ts';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import { relatedTo } from '../../map/related.ts';
import { wayOnMap } from '../../map/way.ts';
import { Grid } from '../../ui/grid/Grid.tsx';
import { nextSort, sortText } from '../../ui/grid/rows.ts';
import { Text } from '../../ui/Text.tsx';
import type { Stage } from '../mode.ts';
import { AuditBar } from './AuditBar.tsx';
import { FINDINGS, LEDGER, ledgerKey } from './columns.ts';
import { FindingDetail } from './FindingDetail.tsx';
import { MappingDetail } from './MappingDetail.tsx';
import { Severity } from './Severity.tsx';
import type { AuditTables } from './useAudit.ts';
import { useAudit } from './useAudit.ts';

interface AuditSideProps {
  readonly answer: AuditAnswer;
  readonly stage: Stage;
  readonly graph: GraphDocument;
  /** What stands above it all. */
  readonly head: ReactNode;
  /** `null`: nothing can be accepted from here. */
  readonly onAccepted: (() => void) | null;
}

export function AuditSide({ answer, stage, graph, head, onAccepted }: AuditSideProps) {
  const tables = useAudit(answer, graph, stage);
  useOnMap(tables, stage, graph);
  const { finding, mapping } = tables;
  const close = (): void => {
    stage.keep({ row: null });
  };
  return (
    <>
      <AuditBar {...{ answer, tables, stage, head }} />
      <Table {...{ tables, stage }} />
      {finding === null ? null : (
        <FindingDetail {...{ finding, answer, stage, onAccepted }} key={finding.key} onClose={close} />
      )}
      {mapping === null ? null : <MappingDetail {...{ mapping, stage }} onClose={close} />}
      {answer.notes.length === 0 ? null : (
        <details className="audit-notes">
          <summary>
            {answer.notes.length} {answer.notes.length === 1 ? 'note' : 'notes'}
          </summary>
          <ul>
            {answer.notes.map((note) => (
              <li key={note}>
                <Text>{note}</Text>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Table({ tables, stage }: { readonly tables: AuditTables; readonly stage: Stage }) {
  const { tab, sort, finding, mapping } = tables;
  const { keep } = stage;
  const onSort = (column: string): void => {
    keep({ sort: sortText(nextSort(sort, column)) });
  };
  if (tab === 'ledger')
    return (
      <Grid
        label="Port mappings"
        columns={LEDGER}
        rows={tables.ledger.rows}
        keyOf={ledgerKey}
        {...{ sort, onSort }}
        chosen={mapping === null ? null : ledgerKey(mapping)}
        onChoose={(row) => {
          keep({ row: row === null ? null : ledgerKey(row) });
        }}
        empty={tables.ledger.all.length === 0 ? 'No port is mapped.' : 'None of the port mappings is meant.'}
      />
    );
  const { rows, all } = tab === 'accepted' ? tables.accepted : tables.findings;
  const none = tab === 'accepted' ? 'Nothing was accepted.' : 'Nothing was found.';
  return (
    <Grid
      label={tab === 'accepted' ? 'Accepted findings' : 'Findings'}
      columns={FINDINGS}
      rows={rows}
      keyOf={keyOfFinding}
      {...{ sort, onSort }}
      chosen={finding?.key ?? null}
      onChoose={(row) => {
        keep({ row: row?.key ?? null });
      }}
      cell={severityCell}
      empty={all.length === 0 ? none : 'None of the findings is meant.'}
    />
  );
}

const keyOfFinding = ({ key }: Finding): string => key;

function severityCell({ severity }: Finding, column: string) {
  return column === 'severity' ? <Severity of={severity} /> : undefined;
}

/** The row that is open lights its nodes; else what is chosen, which the tables are about, stays bright. */
function useOnMap({ finding, mapping, subjects }: AuditTables, { show, chosen }: Stage, graph: GraphDocument): void {
  const lit = useMemo(() => {
    const nodes = nodesOf(subjects, finding, mapping);
    if (nodes.length > 0)
      return wayOnMap(
        graph,
        nodes.map((on) => ({ on })),
      );
    return chosen === null ? null : relatedTo(graph, chosen);
  }, [finding, mapping, subjects, chosen, graph]);
  useEffect(() => {
    show(lit === null ? null : { lit, marks: new Map() });
  }, [show, lit]);
  useEffect(
    () => () => {
      show(null);
    },
    [show],
  );
}

function nodesOf(
  subjects: AuditTables['subjects'],
  finding: Finding | null,
  mapping: LedgerRow | null,
): readonly string[] {
  if (finding !== null) return subjects.ofFinding(finding);
  return mapping === null ? [] : subjects.ofMapping(mapping);
}
