import type { ReactNode } from 'react';
import type { AuditAnswer } from '../../../server/api/schema/audit.ts';
import { addressOf } from '../../../server/api/client.ts';
import { Text } from '../../ui/Text.tsx';
import type { Stage } from '../mode.ts';
import { auditedOf } from './AuditHead.tsx';
import { rankOf } from './columns.ts';
import { Severity } from './Severity.tsx';
import type { AuditTables, Tab } from './useAudit.ts';

interface AuditBarProps {
  readonly answer: AuditAnswer;
  readonly tables: AuditTables;
  readonly stage: Stage;
  readonly head: ReactNode;
}

const WORDS: Readonly<Record<Tab, string>> = {
  findings: 'Findings',
  ledger: 'Port mappings',
  accepted: 'Accepted',
};

/** Which table, how bad it is in all, and what narrows it down. */
export function AuditBar({ answer, tables, stage, head }: AuditBarProps) {
  const { tab, search, subjects } = tables;
  const { chosen, keep } = stage;
  const shown = tables[tab];
  const counts = Map.groupBy(
    [...answer.findings].sort((a, b) => rankOf(a.severity) - rankOf(b.severity)),
    ({ severity }) => severity,
  );
  return (
    <header className="side-head">
      {head}
      <p className="audit-counts">
        {[...counts].map(([severity, list]) => (
          <span key={severity}>
            <b>{list.length}</b> <Severity of={severity} />
          </span>
        ))}
        {counts.size === 0 ? 'Nothing was found.' : null}
      </p>
      <div className="side-tools">
        <div className="tabs" role="group" aria-label="Table">
          {(['findings', 'ledger', 'accepted'] as const).map((each) => (
            <button
              type="button"
              key={each}
              className="tab"
              aria-pressed={tab === each}
              onClick={() => {
                keep({ table: each === 'findings' ? null : each, row: null, sort: null });
              }}
            >
              {WORDS[each]} <span className="count">{tables[each].all.length}</span>
            </button>
          ))}
        </div>
        <input
          type="search"
          className="search side-search"
          placeholder="Filter: 443 web"
          aria-label="Filter the rows"
          value={search}
          onChange={(event) => {
            keep({ find: event.target.value === '' ? null : event.target.value });
          }}
        />
        {tab === 'accepted' || auditedOf(stage) !== 'planned' ? null : (
          <a className="plain" download href={csvOf(stage.name, tab)}>
            CSV
          </a>
        )}
      </div>
      <p className="side-shown" aria-live="polite">
        {chosen === null ? null : (
          <span className="chip">
            only what concerns <Text>{subjects.nameOf(chosen)}</Text>
            <button
              type="button"
              aria-label="Everything again"
              onClick={() => {
                stage.choose(null);
              }}
            >
              ×
            </button>
          </span>
        )}
        {shown.rows.length === shown.all.length
          ? null
          : `${String(shown.rows.length)} of ${String(shown.all.length)} rows`}
      </p>
    </header>
  );
}

function csvOf(name: string, table: 'ledger' | 'findings'): string {
  return addressOf('GET /api/topologies/:name/audit/csv', { name }, { table });
}
