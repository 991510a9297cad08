/** Options of verbs that both work here and ask a server. */
import type { AuditReport } from '../audit/report.ts';
import type { RunOptions } from '../operator/found-run.ts';
import type { ConsentOptions } from './agree.ts';
import type { Answer } from './context.ts';
import type { ServerOption } from './remote/where.ts';
import type { CommonOptions } from './topology-argument.ts';
import type { WithoutOption } from './without.ts';

export interface PlanOptions extends CommonOptions, WithoutOption {
  readonly output?: string;
  readonly summary?: boolean;
  readonly detailedExitcode?: boolean;
}

export interface ApplyOptions extends CommonOptions, ConsentOptions, WithoutOption {
  readonly yes?: boolean;
}

export interface RollbackOptions extends RunOptions, ServerOption {
  readonly yes?: boolean;
  readonly confirmWithin?: number;
}

export interface HistoryOptions extends RunOptions, ServerOption {
  readonly attempts?: true;
}

export interface AuditOptions extends CommonOptions {
  readonly snapshot?: readonly string[];
  readonly against?: readonly string[];
  readonly planned?: boolean;
  readonly format: string;
  readonly output?: string;
  readonly failOn?: string;
  readonly accepted?: string;
}

/** A report in the format that is asked for, with the exit code of its threshold. */
export type ShowReport = (report: AuditReport) => Promise<Answer>;
