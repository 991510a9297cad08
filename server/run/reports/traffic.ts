/** Which traffic a change makes possible or impossible, one line each, what is opened first. */
import type { FlowChange, Reachability } from '../../flow/reachability.ts';

/** Lines of one kind, before the rest is only counted. */
const MOST_LINES = 40;
const MOST_NAMES = 6;

export function trafficLines({ opened, closed, transient, notes }: Reachability, changes: boolean): readonly string[] {
  if (!changes) return [];
  const lines = [
    ...block('opens', opened),
    ...block('closes', closed),
    ...block('opens for a moment', transient),
    ...notes.map((note) => `Traffic: ${note}`),
  ];
  return lines.length === 0 ? ['Traffic: nothing is opened or closed.'] : ['Traffic:', ...lines];
}

function block(word: string, list: readonly FlowChange[]): readonly string[] {
  const shown = list.slice(0, MOST_LINES).map((each) => `  ${line(word, each)}`);
  const rest = list.length - shown.length;
  return rest === 0 ? shown : [...shown, `  … and ${word} ${String(rest)} more; all of them with --json`];
}

/** `opens 5432/tcp from internet to db1 via vgw-1 (policy line 41)` */
function line(word: string, { services, from, to, via, sure, rule, witness, whole }: FlowChange): string {
  const why = rule === null ? '' : ` (${rule.entry ?? `chain ${rule.chain} of ${rule.table}`})`;
  const doubt = sure ? '' : ', perhaps: rules that are not understood decide';
  const port = witness.destinationPort === null ? '' : ` port ${String(witness.destinationPort)}`;
  const packet = `; for one, ${witness.source} to ${witness.destination}${port}`;
  return `${word} ${listed(services)} from ${from} to ${listed(to)} via ${via}${why}${doubt}${packet}${overAll(word, whole)}`;
}

/** What else is on the way, where that makes it another thing for who sends it. */
function overAll(word: string, whole: FlowChange['whole']): string {
  if (whole === null) return '';
  if (whole.outcome === 'as-told')
    return whole.straight ? '; only for who is on the external network itself: no provider routes it' : '';
  const sent = `${whole.from} to ${whole.destination}${whole.destinationPort === null ? '' : ` port ${String(whole.destinationPort)}`}`;
  switch (whole.outcome) {
    case 'refused-elsewhere':
      return word === 'opens'
        ? `; not yet for who sends it (${sent}): ${whole.why}`
        : `; it did not get there before either (${sent}): ${whole.why}`;
    case 'as-before':
      return `; it gets there before and after (${sent}), by whatever way`;
    case 'unknown':
      return `; over all hops nobody can say (${sent}): ${whole.why}`;
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length <= MOST_NAMES ? shown : `${shown} and ${String(names.length - MOST_NAMES)} more`;
}
