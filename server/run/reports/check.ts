/** What a topology holds, and whether what it expects is met: what `trunkline check` says. */
import { hasErrors } from '../../core/diagnostic.ts';
import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Model } from '../../flow/model.ts';
import type { JudgedExpectations } from '../expectations.ts';
import { placementLines, placementOf } from '../placement.ts';
import type { Report } from './report.ts';

/** Of a file without expectations, or one that is wrong. */
export const NOTHING_JUDGED: JudgedExpectations = { results: [], diagnostics: [] };

interface Checked {
  readonly model: Model | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** @param judged of the model's expectations, where there is a model */
export function checkReport({ model, diagnostics }: Checked, judged: JudgedExpectations): Report {
  if (model === null)
    return {
      document: { topology: null, counts: null, placement: null, expectations: null, notes: [NOT_JUDGED] },
      text: '',
      diagnostics,
      exitCode: hasErrors(diagnostics) ? 3 : 0,
    };
  const counts = {
    networks: model.networks.size,
    hosts: model.hosts.size,
    guests: model.guests.size,
    gateways: model.gateways.size,
    policy: model.policy.length,
    expectations: model.expectations.length,
  };
  const parts = Object.entries(counts).map(
    ([name, count]) => `${String(count)} ${count === 1 ? name.replace(/s$/, '') : name}`,
  );
  const failed = judged.results.filter(({ outcome }) => outcome === 'failed').length;
  const placement = placementOf(model);
  const lines = [`${model.topology}: ${parts.join(', ')}. ${summary(judged.results)}`, ...placementLines(placement)];
  return {
    document: { topology: model.topology, counts, placement, expectations: judged.results, notes: [] },
    text: lines.join('\n'),
    diagnostics: [...diagnostics, ...judged.diagnostics],
    exitCode: failed > 0 ? 4 : 0,
  };
}

function summary(results: JudgedExpectations['results']): string {
  const of = (wanted: string): number => results.filter(({ outcome }) => outcome === wanted).length;
  const [failed, unknown] = [of('failed'), of('unknown')];
  if (failed > 0) return `${String(failed)} of ${String(results.length)} expectations not met.`;
  return `Nothing wrong${unknown === 0 ? '' : `, but nothing can be said of ${String(unknown)} expectations`}.`;
}

const NOT_JUDGED = 'expectations: not judged, since the file is wrong';
