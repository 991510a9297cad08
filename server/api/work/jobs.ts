/**
 * What is worked out beside the server's own thread, from one topology file: whatever takes as long as the file is large. Each answer is
 * the text of a document that was held against the contract, or a plain value; nothing here asks a host or changes anything.
 */
import { hasErrors } from '../../core/diagnostic.ts';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { Failure } from '../../core/failure.ts';
import type { Model } from '../../flow/model.ts';
import { svgOfGraph } from '../../draw/map-svg.ts';
import { graphDocument, graphDot, graphMermaid } from '../../model/graph.ts';
import type { JudgedExpectations } from '../../run/expectations.ts';
import { judgeExpectations } from '../../run/expectations.ts';
import type { Formatted } from '../../topology/format/format.ts';
import { formatTopology } from '../../topology/format/format.ts';
import type { Api, OperationKey } from '../contract/api.ts';
import { API } from '../contract/api.ts';
import type { Answer } from '../contract/operation.ts';
import type { ChartQuestion } from '../schema/chart.ts';
import type { SourceText } from '../../model/compile-file.ts';
import { checkReport, NOTHING_JUDGED } from '../../run/reports/check.ts';
import type { FlowsAsked } from './reports.ts';
import { flowsReport, reportAnswer } from './reports.ts';
import type { AuditAsked, FoundAsked } from './audit.ts';
import { auditAnswer, auditCsv, foundAnswer, hasFinding } from './audit.ts';
import type { Compiled } from './compiled.ts';
import { packetAnswers } from './packets.ts';
import type { PacketAsked } from './packets.ts';
import { policyAnswer, rehearsalAnswer, worstAnswer } from './policy.ts';

/** A topology as a job gets it: diagnostics and places name files as they lie in the folder. */
export interface JobFile {
  readonly model: Model | null;
  readonly diagnostics: readonly Diagnostic[];
  /** See `Compiled`. */
  readonly files: readonly string[];
  readonly sources: readonly SourceText[];
  readonly name: string;
  readonly inFolder: (diagnostics: readonly Diagnostic[]) => readonly Diagnostic[];
  readonly nameOf: (path: string) => string;
}

const CHARTS: Readonly<Record<ChartQuestion['format'], (model: Model) => string>> = {
  mermaid: graphMermaid,
  dot: graphDot,
  svg: (model) => svgOfGraph(graphDocument(model)),
};

export const JOBS = {
  compile: ({ model, diagnostics, files }: JobFile, _input: null): Compiled => ({
    about: model === null ? null : { topology: model.topology, description: model.description },
    ...{ diagnostics, files },
  }),

  /** Every page asks for it, and again whenever its window comes to the front. */
  graph: (file: JobFile, _input: null): string => {
    const text = (file.model && graphs.get(file.model)) ?? graphText(file);
    if (file.model !== null) graphs.set(file.model, text);
    return text;
  },

  chart: ({ model, diagnostics }: JobFile, format: ChartQuestion['format']): string =>
    written('GET /api/topologies/:name/chart', {
      ...{ formatVersion: 1, diagnostics },
      text: model === null ? null : CHARTS[format](model),
    }),

  packets: (file: JobFile, asked: PacketAsked): string =>
    written('GET /api/topologies/:name/reach', {
      ...{ formatVersion: 1, diagnostics: file.diagnostics },
      ...packetAnswers(soundModel(file), asked, (path) => file.nameOf(path)),
    }),
  /** The file, or a part of it, is what the draft says, and stands where its own stands. */
  check: (file: JobFile, _draft: Draft): string => {
    const { model, diagnostics, nameOf } = file;
    const all = [...diagnostics, ...judged(file)];
    const graph = model === null ? null : graphDocument(model, nameOf);
    return written('POST /api/topologies/:name/check', {
      formatVersion: 1,
      diagnostics: all,
      ok: !hasErrors(all),
      graph,
    });
  },

  format: ({ name }: JobFile, { text, part }: Draft): Formatted => formatTopology({ file: part ?? name, text }),

  checkReport: (file: JobFile, _input: null): string =>
    written(
      'GET /api/topologies/:name/reports/check',
      reportAnswer(checkReport(file, expectationsOf(file)), file.diagnostics, file.sources),
    ),

  flowsReport: (file: JobFile, asked: FlowsAsked): string =>
    written(
      'GET /api/topologies/:name/reports/flows',
      file.model === null
        ? reportAnswer({ document: {}, text: '', exitCode: 3 }, file.diagnostics, file.sources)
        : reportAnswer(flowsReport(file.model, asked), file.diagnostics, file.sources),
    ),

  audit: (file: JobFile, asked: AuditAsked): string =>
    written('GET /api/topologies/:name/audit', {
      ...{ formatVersion: 1, diagnostics: file.diagnostics },
      ...auditAnswer(soundModel(file), asked, (path) => file.nameOf(path)),
    }),

  auditFound: (file: JobFile, asked: FoundAsked): string =>
    written('POST /api/topologies/:name/audit', {
      ...{ formatVersion: 1, diagnostics: file.diagnostics },
      ...foundAnswer(soundModel(file), asked, (path) => file.nameOf(path)),
    }),

  auditCsv: (file: JobFile, asked: AuditAsked & { readonly table: 'ledger' | 'findings' }): string =>
    auditCsv(soundModel(file), asked, (path) => file.nameOf(path)),

  hasFinding: (file: JobFile, asked: { readonly finding: string; readonly about: string }): boolean =>
    hasFinding(soundModel(file), asked),

  policy: (file: JobFile, _input: null): string =>
    written('GET /api/topologies/:name/policy', {
      ...{ formatVersion: 1, diagnostics: file.diagnostics },
      ...policyAnswer(soundModel(file), (path) => file.nameOf(path)),
    }),

  without: (file: JobFile, hosts: readonly string[]): string =>
    written('GET /api/topologies/:name/without', {
      ...{ formatVersion: 1, diagnostics: file.diagnostics },
      ...rehearsalAnswer(soundModel(file), hosts, (path) => file.nameOf(path)),
    }),

  worst: (file: JobFile, _input: null): string =>
    written('GET /api/topologies/:name/without/worst', {
      ...{ formatVersion: 1, diagnostics: file.diagnostics },
      ...worstAnswer(soundModel(file)),
    }),
} as const;

const graphs = new WeakMap<Model, string>();

function graphText({ model, diagnostics, nameOf }: JobFile): string {
  return written('GET /api/topologies/:name/graph', {
    ...{ formatVersion: 1, diagnostics },
    graph: model === null ? null : graphDocument(model, nameOf),
  });
}

/** What is to be thought about instead of what the file holds, or a part of it. */
export interface Draft {
  readonly part?: string | undefined;
  readonly text: string;
}

/** As `checkReport` takes them. */
function expectationsOf({ model, inFolder }: JobFile): JudgedExpectations {
  if (model === null || model.expectations.length === 0) return NOTHING_JUDGED;
  const { results, diagnostics } = judgeExpectations(model);
  return { results, diagnostics: inFolder(diagnostics) };
}

/** As `check` on the command line judges them. */
function judged({ model, diagnostics, inFolder }: JobFile): readonly Diagnostic[] {
  if (model === null || hasErrors(diagnostics) || model.expectations.length === 0) return [];
  return inFolder(judgeExpectations(model).diagnostics);
}

export type Jobs = typeof JOBS;
export type JobName = keyof Jobs;
export type JobInput<J extends JobName> = Parameters<Jobs[J]>[1];
export type JobAnswer<J extends JobName> = ReturnType<Jobs[J]>;

/** Throws `file-wrong` where nothing can be said of the topology. */
function soundModel({ model, diagnostics }: JobFile): Model {
  if (model === null || hasErrors(diagnostics))
    throw new Failure('file-wrong', 'The file is wrong, so nothing can be said of its packets.');
  return model;
}

/** The text of an answer that keeps the contract. Throws where it does not, which is a defect. */
function written<K extends OperationKey>(key: K, answer: Answer<Api[K]>): string {
  return JSON.stringify(API[key].answer.parse(answer));
}
