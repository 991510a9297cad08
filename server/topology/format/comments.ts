/** The comments of a file, in the order in which they stand, each handed out once: what is left over was forgotten. */
import type { CST } from 'yaml';

export interface Comment {
  /** With its `#`, without spaces behind. */
  readonly text: string;
  readonly offset: number;
  /** Whether nothing stands before it on its line. */
  readonly alone: boolean;
}

export interface Comments {
  /** Those from here on that the condition holds for without a gap. */
  takeWhile(condition: (comment: Comment) => boolean): readonly Comment[];
  /** The next one, if the condition holds for it. */
  takeNext(condition: (comment: Comment) => boolean): Comment | undefined;
  /** The first one at or behind an offset, if the condition holds for it, although others stand before it. */
  takeAhead(offset: number, condition: (comment: Comment) => boolean): Comment | undefined;
  has(start: number, end: number): boolean;
}

export function commentsOf(tokens: readonly CST.Token[], text: string): readonly Comment[] {
  const found: Comment[] = [];
  const open: unknown[] = [...tokens].reverse();
  while (open.length > 0) {
    const next = open.pop();
    if (Array.isArray(next)) open.push(...(next as unknown[]).reverse());
    else if (typeof next === 'object' && next !== null) {
      if (isComment(next)) found.push(commentAt(next.offset, next.source, text));
      else open.push(...(Object.values(next) as unknown[]).filter((each) => typeof each === 'object'));
    }
  }
  return found.sort((a, b) => a.offset - b.offset);
}

function isComment(token: object): token is { offset: number; source: string } {
  return 'type' in token && token.type === 'comment';
}

function commentAt(offset: number, source: string, text: string): Comment {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return { text: source.trimEnd(), offset, alone: text.slice(lineStart, offset).trim() === '' };
}

export function queueComments(all: readonly Comment[]): Comments {
  const taken = new Set<Comment>();
  let next = 0;
  const skipTaken = (): void => {
    for (let each = all[next]; each !== undefined && taken.has(each); each = all[next]) next += 1;
  };
  const takeNext: Comments['takeNext'] = (condition) => {
    skipTaken();
    const each = all[next];
    if (each === undefined || !condition(each)) return undefined;
    next += 1;
    return each;
  };
  const indexFrom = (offset: number): number => {
    let [low, high] = [next, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle]?.offset ?? Infinity) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    takeNext,
    takeWhile(condition) {
      const list: Comment[] = [];
      for (let each = takeNext(condition); each !== undefined; each = takeNext(condition)) list.push(each);
      return list;
    },
    takeAhead(offset, condition) {
      const each = all[indexFrom(offset)];
      if (each === undefined || taken.has(each) || !condition(each)) return undefined;
      taken.add(each);
      return each;
    },
    has(start, end) {
      return (all[indexFrom(start)]?.offset ?? Infinity) < end;
    },
  };
}
