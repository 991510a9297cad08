import type { Probe } from '../flow/probe.ts';
import type { ProbeResult } from './result.ts';

/**
 * `allow` holds if it holds for every member of `from` and `to`, `deny` if for none: where an expectation fails for some
 * only, each failing result names one that does as meant.
 */
export function addWitnesses(probes: readonly Probe[], results: readonly ProbeResult[]): readonly ProbeResult[] {
  const good = new Map<string, ProbeResult>();
  results.forEach((result, index) => {
    const id = probes[index]?.expectation.id;
    if (result.passed && id !== undefined && !good.has(id)) good.set(id, result);
  });
  return results.map((result, index) => {
    const witness = result.passed ? undefined : good.get(probes[index]?.expectation.id ?? '');
    if (witness === undefined) return result;
    const other = `as meant: from ${witness.from} to ${witness.to} (${witness.got})`;
    return { ...result, note: result.note === undefined ? other : `${result.note}; ${other}` };
  });
}
