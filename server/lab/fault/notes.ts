import type { ProbeResult } from '../result.ts';
import { faultText } from './record.ts';
import type { Fault } from './record.ts';

/** Whoever reads that an expectation is not met has to know what was broken meanwhile. */
export function withFaultNotes(results: readonly ProbeResult[], faults: readonly Fault[]): readonly ProbeResult[] {
  if (faults.length === 0) return results;
  const broken = `meanwhile broken: ${faults.map(faultText).join(', ')}`;
  return results.map((result) =>
    result.passed ? result : { ...result, note: result.note === undefined ? broken : `${result.note}; ${broken}` },
  );
}
