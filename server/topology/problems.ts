/** The problems found so far, in one reading: each told once, sorted by place when asked for, and bounded in number. */
import { diagnostic, type Diagnostic } from '../core/diagnostic.ts';
import type { DiagnosticCode } from '../core/codes.ts';
import type { Place } from '../core/place.ts';
import { MAX_PROBLEMS } from './limits.ts';

type More = Parameters<typeof diagnostic>[3];

export interface Problems {
  add(code: DiagnosticCode, place: Place, detail: string, more?: More): void;
  /** Whether further problems are only counted: nothing is gained by wording them. */
  isFull(): boolean;
  /** Whether anything was told about exactly this place. */
  hasAt(place: Place): boolean;
  sorted(): readonly Diagnostic[];
}

export function collectProblems(): Problems {
  /** The same problem of a part that stands at several places (an alias) is one problem. */
  const found = new Map<string, Diagnostic>();
  let beyond = 0;
  let firstBeyond: Place | undefined;
  return {
    add(code, place, detail, more) {
      const key = `${String(place.line)}:${String(place.column)}:${code}:${detail}`;
      if (found.has(key)) return;
      if (found.size >= MAX_PROBLEMS) {
        beyond += 1;
        firstBeyond ??= place;
        return;
      }
      found.set(key, diagnostic(code, place, detail, more));
    },
    isFull() {
      return found.size >= MAX_PROBLEMS;
    },
    hasAt({ line, column }) {
      return [...found.values()].some((each) => each.line === line && each.column === column);
    },
    sorted() {
      const list = [...found.values()].sort(byPlace);
      if (firstBeyond === undefined) return list;
      const detail = `${String(beyond)} further problems are not listed; the first of them is here.`;
      return [...list, diagnostic('too-large', firstBeyond, detail)];
    },
  };
}

function byPlace(left: Diagnostic, right: Diagnostic): number {
  return left.line - right.line || left.column - right.column;
}
