/**
 * An audit as one page that needs nothing else: no script, no font, no picture from anywhere. It prints on paper as it is, and
 * follows the reader's choice of light or dark on a screen.
 */
import { visibleText } from '../../core/visible-text.ts';
import type { Baseline, BaselineState } from '../baseline.ts';
import { stateOf } from '../baseline.ts';
import type { Finding, FindingKind } from '../finding.ts';
import { keyOf } from '../finding.ts';
import type { AuditReport } from '../report.ts';
import { comparedText, countsText, LEDGER_COLUMNS, locusText, witnessText } from './words.ts';

export function htmlOf(report: AuditReport): string {
  const { subject, taken, findings, suppressed, ledger, kinds, notes, baseline } = report;
  const kindOf = new Map(kinds.map((kind) => [kind.id, kind]));
  const title = `Audit of ${subject}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${text(title)}</h1>
<p>${text(countsText(findings))}${suppressed.length === 0 ? '' : `, ${String(suppressed.length)} accepted`}${text(comparedText(report))}. ${text(taken)}</p>
${notes.map((note) => `<p class="note">${text(note)}</p>`).join('\n')}
<h2>Findings</h2>
${findings.length === 0 ? '<p>None.</p>' : findings.map((each) => findingOf(each, kindOf.get(each.id), stateOf(report, each))).join('\n')}
${baseline === undefined || baseline.absent.length === 0 ? '' : absentOf(baseline)}
<h2>Port mappings</h2>
${ledger.length === 0 ? '<p>None.</p>' : ledgerOf(ledger)}
${suppressed.length === 0 ? '' : acceptedOf(suppressed)}
<h2>What was looked for</h2>
<dl>
${kinds.map(({ id, name, definition }) => `<dt>${text(id)} ${text(name)}</dt><dd>${text(definition)}</dd>`).join('\n')}
</dl>
</body>
</html>
`;
}

function findingOf(finding: Finding, kind: FindingKind | undefined, state: BaselineState | null): string {
  const { id, severity, summary, detail, at, witness } = finding;
  const places = at.map(
    (each) => `<li>${text(locusText(each))}${each.text === null ? '' : ` <code>${text(each.text)}</code>`}</li>`,
  );
  return `<article class="${severity}" id="${text(keyOf(finding)).replaceAll(' ', '_')}">
<h3><span class="severity">${severity}${state === 'new' ? ', new' : ''}</span> ${text(summary)} <small>${text(id)}${kind === undefined ? '' : ` ${text(kind.name)}`}</small></h3>
${detail === '' ? '' : `<p>${text(detail)}</p>`}
${places.length === 0 ? '' : `<ul>${places.join('')}</ul>`}
${witness === null ? '' : `<p>For example <code>${text(witnessText(witness))}</code></p>`}
${kind === undefined ? '' : `<p class="fix">${text(kind.fix)}</p>`}
</article>`;
}

function ledgerOf(ledger: AuditReport['ledger']): string {
  const head = LEDGER_COLUMNS.map(({ title }) => `<th scope="col">${text(title)}</th>`).join('');
  const rows = ledger.map(
    (row) => `<tr>${LEDGER_COLUMNS.map(({ cell }) => `<td>${text(cell(row))}</td>`).join('')}</tr>`,
  );
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>`;
}

function absentOf({ subject, absent }: Baseline): string {
  const rows = absent.map(({ id, severity, summary }) => `<li>${severity} ${text(id)}: ${text(summary)}</li>`);
  return `<h2>Not there any more</h2>\n<p>Found in ${text(subject)}.</p>\n<ul>${rows.join('')}</ul>`;
}

function acceptedOf(suppressed: AuditReport['suppressed']): string {
  const rows = suppressed.map(
    ({ finding, by }) =>
      `<tr><td>${text(finding.id)}</td><td>${text(finding.summary)}</td><td>${text(by.reason)}</td><td>${text(by.until)}</td></tr>`,
  );
  const head = ['finding', 'what', 'reason', 'until'].map((title) => `<th scope="col">${title}</th>`).join('');
  return `<h2>Accepted</h2>\n<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

/** Whatever it is, text between tags and in quoted attributes. */
function text(value: string): string {
  return visibleText(value).replace(/[&<>"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`);
}

const STYLE = `
:root { color-scheme: light dark; --edge: light-dark(#c9ced6, #454b55); --soft: light-dark(#586069, #a6adb8); }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1rem; margin: 0; }
small, .note, .fix, dd { color: var(--soft); }
article { border: 1px solid var(--edge); border-left-width: 6px; border-radius: 4px; padding: .6rem .9rem; margin: .7rem 0; break-inside: avoid; }
article p, article ul { margin: .35rem 0; }
.critical { border-left-color: #a4001d; } .high { border-left-color: #cc4a00; } .medium { border-left-color: #b08800; }
.low { border-left-color: #2f6fb0; } .info { border-left-color: #7a828d; }
.severity { text-transform: uppercase; font-size: .75rem; letter-spacing: .04em; }
code { font: .85em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .85rem; }
th, td { border-bottom: 1px solid var(--edge); padding: .3rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead { display: table-header-group; } tr { break-inside: avoid; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } .wide { overflow: visible; } @page { size: A4 landscape; margin: 12mm; } }
`;
