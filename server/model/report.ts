import { CODES } from '../core/codes.ts';
import type { DiagnosticCode } from '../core/codes.ts';
import type { Diagnostic, RelatedPlace } from '../core/diagnostic.ts';
import { diagnostic } from '../core/diagnostic.ts';
import { comparePlaces, type Origin, type Place } from '../core/place.ts';

/** Far more than are ever listed; whatever else is found is of the same file, which is refused. */
const MAX_ERRORS = 2_000;

/** What a pass tells of a problem with; it never stops at the first one. */
export type Report = (
  code: DiagnosticCode,
  place: Place,
  detail: string,
  more?: { readonly hint?: string | undefined; readonly related?: readonly RelatedPlace[] },
) => void;

/**
 * What all passes share. `doubtful` holds the names of things that a diagnostic was already given for: what only follows from
 * that is not reported again.
 */
export interface Notes {
  readonly report: Report;
  readonly doubtful: Set<string>;
  /** What a wrong name was probably meant to be: it is neither unused nor forgotten. */
  readonly meant: Set<string>;
  /** What was reported; of a mistake in a template its first round, with the others in `repeats`. */
  readonly diagnostics: () => readonly Diagnostic[];
}

/** In `doubtful` where a port mapping was refused; no name has a slash in it. */
export const PUBLISH_DOUBTFUL = '/publish';

/** In `doubtful` where what the bridges of a host carry was refused in part. */
export function bridgesDoubtful(host: string): string {
  return `${host}/bridges`;
}

/** @param damaged names of entries that could not be read: all that has to do with them is doubtful. */
export function newNotes(damaged: ReadonlySet<string>): Notes {
  const { report, diagnostics } = collectReports();
  return {
    report,
    doubtful: new Set(damaged.size === 0 ? [] : [...damaged, PUBLISH_DOUBTFUL]),
    meant: new Set(),
    diagnostics,
  };
}

/** Problems of one sort at one place of a file. */
interface Reports {
  via: Origin | undefined;
  told: Diagnostic[];
  readonly repeats: Set<Origin>;
}

/**
 * A mistake in a template that is carried out a hundred thousand times is worded once: the sentences of all rounds would take
 * more memory than the topology. `core/repeats.ts` says in the end which rounds there were.
 */
function collectReports(): Pick<Notes, 'report' | 'diagnostics'> {
  const places = new Map<string, Reports>();
  let errors = 0;
  const report: Report = (code, place, detail, more) => {
    const key = `${code} ${String(place.line)}:${String(place.column)} ${place.file}`;
    const reports = places.get(key);
    const { via } = place;
    if (reports !== undefined && reports.via !== via) {
      const [kept, other] = (via?.order ?? 0) < (reports.via?.order ?? 0) ? [via, reports.via] : [reports.via, via];
      if (other !== undefined) reports.repeats.add(other);
      if (kept === reports.via) return;
      reports.via = kept;
      reports.told = [];
    }
    if (CODES[code].severity === 'error') errors += 1;
    if (errors > MAX_ERRORS) return;
    if (reports === undefined)
      places.set(key, { via, told: [diagnostic(code, place, detail, more)], repeats: new Set() });
    else reports.told.push(diagnostic(code, place, detail, more));
  };
  const diagnostics = (): readonly Diagnostic[] =>
    [...places.values()].flatMap(({ told: [first, ...others], repeats }) =>
      first === undefined ? [] : [repeats.size === 0 ? first : { ...first, repeats: [...repeats] }, ...others],
    );
  return { report, diagnostics };
}

export function related(place: Place, message: string): RelatedPlace {
  return { ...place, message };
}

/** In the order of the file. */
export function byPlace(left: Place, right: Place): number {
  return comparePlaces(left, right);
}

export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `a`, `a and b`, `a, b and c`; after `most` names, how many more there are. */
export function listNames(names: readonly string[], most = 5): string {
  if (names.length > most) {
    return `${names.slice(0, most).join(', ')} and ${String(names.length - most)} more`;
  }
  return names.length < 2 ? (names[0] ?? 'none') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

/** In the order of the file, whatever pass found them. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort(
    (a, b) => byPlace(a, b) || compareText(a.code, b.code) || compareText(a.detail, b.detail),
  );
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
