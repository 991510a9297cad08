/** Who may use a mapping: the sources of what the stack lets through to it. */
import type { Exposure, Exposures } from '../exposure.ts';
import { isWide, spansText } from '../exposure.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Span } from '../../reach/rules/ruleset.ts';

export function withUsers(ledger: readonly LedgerEntry[], { list, partly }: Exposures): readonly LedgerEntry[] {
  const byStack = Map.groupBy(list, ({ on }) => on.stack.id);
  return ledger.map((entry) => {
    const { stack } = entry.on;
    if (partly.has(stack.id)) return entry;
    const allowed = (byStack.get(stack.id) ?? []).filter((each) => leadsTo(each, entry)).map(sourceText);
    return { ...entry, row: { ...entry.row, allowed: [...new Set(allowed)].sort() } };
  });
}

function leadsTo({ family, box }: Exposure, entry: LedgerEntry): boolean {
  return (
    family === entry.family &&
    meets(box.destinations, entry.addresses) &&
    meets(box.ports, entry.ports) &&
    (entry.protocol === null || box.protocols.includes(entry.protocol))
  );
}

function meets(spans: readonly Span[], wanted: Span | null): boolean {
  return wanted === null || spans.some(({ first, last }) => first <= wanted.last && wanted.first <= last);
}

function sourceText({ family, box, from, outside }: Exposure): string {
  if (isWide(family, box.sources)) return outside ? 'internet' : `whoever comes in by ${from}`;
  return `${spansText(family, box.sources)}${outside ? '' : ` by ${from}`}`;
}
