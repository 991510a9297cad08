/**
 * The problems found so far, in one reading: each told once, sorted by place when asked for, and bounded in number. What a
 * template has wrong is one problem, however often it is carried out.
 */
import { diagnostic, hasErrors, type Diagnostic } from '../core/diagnostic.ts';
import type { DiagnosticCode } from '../core/codes.ts';
import { comparePlaces, type Origin, type Place } from '../core/place.ts';
import { MAX_PROBLEMS } from './limits.ts';

type More = Parameters<typeof diagnostic>[3];

export interface Problems {
  add(code: DiagnosticCode, place: Place, detail: string, more?: More): void;
  /** Whether this was told of another round of the same template: it is noted, and need not be worded. */
  repeats(code: DiagnosticCode, place: Place): boolean;
  /** Whether no error was told so far. */
  isSound(): boolean;
  /** Whether further problems are only counted: nothing is gained by wording them. */
  isFull(): boolean;
  /** Whether anything was told about exactly this place. */
  hasAt(place: Place): boolean;
  sorted(): readonly Diagnostic[];
}

/** Problems of one sort at one place of a file. */
interface Group {
  readonly via: Origin | undefined;
  readonly told: Map<string, Diagnostic>;
  /** Other rounds that the same came of. */
  readonly repeats: Set<Origin>;
}

export function collectProblems(): Problems {
  const groups = new Map<string, Group>();
  const places = new Set<string>();
  const repeats = (code: DiagnosticCode, place: Place): boolean => {
    const group = groups.get(`${placeKey(place)}:${code}`);
    if (group === undefined || place.via === group.via) return false;
    if (place.via !== undefined) group.repeats.add(place.via);
    return true;
  };
  let sound = true;
  let count = 0;
  let beyond = 0;
  let firstBeyond: Place | undefined;
  return {
    repeats,
    add(code, place, detail, more) {
      if (repeats(code, place)) return;
      const at = placeKey(place);
      const key = `${at}:${code}`;
      const group = groups.get(key) ?? { via: place.via, told: new Map(), repeats: new Set() };
      // The same problem of a part that stands at several places (an alias) is one problem.
      if (group.told.has(detail)) return;
      if (count >= MAX_PROBLEMS) {
        sound = false;
        beyond += 1;
        firstBeyond ??= place;
        return;
      }
      count += 1;
      groups.set(key, group);
      places.add(at);
      const told = diagnostic(code, place, detail, more);
      if (hasErrors([told])) sound = false;
      group.told.set(detail, told);
    },
    isSound() {
      return sound;
    },
    isFull() {
      return count >= MAX_PROBLEMS;
    },
    hasAt(place) {
      return places.has(placeKey(place));
    },
    sorted() {
      const list = [...groups.values()].flatMap(listed).sort(comparePlaces);
      if (firstBeyond === undefined) return list;
      const detail = `${String(beyond)} further problems are not listed; the first of them is here.`;
      return [...list, diagnostic('too-large', firstBeyond, detail)];
    },
  };
}

/** The same collection, for a part that came by a `use`. */
export function problemsVia(problems: Problems, via: Origin | undefined): Problems {
  if (via === undefined) return problems;
  return {
    ...problems,
    add: (code, place, detail, more) => {
      problems.add(code, { ...place, via: place.via ?? via }, detail, more);
    },
    repeats: (code, place) => problems.repeats(code, { ...place, via: place.via ?? via }),
  };
}

function listed({ told, repeats }: Group): readonly Diagnostic[] {
  const [first, ...others] = told.values();
  if (first === undefined) return [];
  return [repeats.size === 0 ? first : { ...first, repeats: [...repeats] }, ...others];
}

function placeKey({ file, line, column }: Place): string {
  return `${String(line)}:${String(column)}:${file}`;
}
