/** The formats of `audit -f`, by name. */
import type { SarifOptions } from '../../core/sarif.ts';
import type { AuditReport } from '../report.ts';
import { csvOf, findingsCsvOf } from './csv.ts';
import { documentOf } from './json.ts';
import { htmlOf } from './html.ts';
import { markdownOf } from './markdown.ts';
import { auditSarifOf } from './sarif.ts';
import { tableOf } from './table.ts';

export { documentOf };

/** `csv` is the ledger, `findings-csv` the findings: one table a file. */
export const FORMATS: Readonly<Record<string, (report: AuditReport, options: SarifOptions) => string>> = {
  table: tableOf,
  json: (report) => JSON.stringify({ formatVersion: 1, ...documentOf(report), diagnostics: [] }, null, 2),
  csv: csvOf,
  'findings-csv': findingsCsvOf,
  sarif: (report, options) => JSON.stringify(auditSarifOf(report, options), null, 2),
  html: htmlOf,
  markdown: markdownOf,
};
