/**
 * Where things stand in the text of a topology, as far as it goes: half-typed lines and open brackets are what an editor sees most.
 * Only what decides where a key lies is read (indentation, brackets, quotes, comments); whether it is right is the server's to say.
 */

/** A key, or a text of its own, with where it stands. */
export interface Entry {
  /** Keys from the top of the file, its own last; items of lists are numbers. */
  readonly path: Path;
  /** Offsets of the key as it is written, quotes included. */
  readonly from: number;
  readonly to: number;
  /** A `key` of a map, or a `value`. */
  readonly type: 'key' | 'value';
  /** Tells the maps of one path apart: keys of one map have the same. */
  readonly map: number;
}

export type Path = readonly (string | number)[];

/** What may stand at the end of the text. */
export interface Place {
  /** Of the map or the list that a key or item would be in, or of the value. */
  readonly path: Path;
  readonly expects: 'key' | 'value' | 'key-or-value';
  /** What is written there so far, and where it begins. */
  readonly word: string;
  readonly from: number;
  readonly map: number;
  /** Between brackets. */
  readonly flow: boolean;
}

interface Frame {
  readonly indent: number;
  readonly item: boolean;
  readonly key: string | number;
  /** Of the map that lies in it. */
  readonly map: number;
}

interface Bracket {
  readonly list: boolean;
  readonly path: Path;
  readonly map: number;
  key: string | null;
  index: number;
}

export interface Scan {
  readonly entries: readonly Entry[];
  /** `null` in a comment, or inside a block of text. */
  readonly end: Place | null;
}

export function scan(text: string): Scan {
  const entries: Entry[] = [];
  const frames: Frame[] = [];
  const counts = new Map<Frame | null, number>();
  let maps = 1;
  let at = 0;
  let end: Place | null = null;
  while (at <= text.length) {
    const stop = text.indexOf('\n', at);
    const lineEnd = stop === -1 ? text.length : stop;
    at = line(at, lineEnd) + 1;
  }
  return { entries, end };

  /** One line of block style, and the lines that brackets or a block of text go on for. Gives where it stopped. */
  function line(start: number, lineEnd: number): number {
    let from = start;
    while (from < lineEnd && text[from] === ' ') from += 1;
    if (text[from] === '#' || text.startsWith('---', start)) {
      end = null;
      return lineEnd;
    }
    if (from === lineEnd || text[from] === '\r') {
      if (lineEnd === text.length) end = keyPlace(popTo(from - start), from, '', 'key');
      return lineEnd;
    }
    let indent = from - start;
    let parent = popFor(indent, isItem(from, lineEnd));
    while (isItem(from, lineEnd)) {
      const index = counts.get(parent) ?? 0;
      counts.set(parent, index + 1);
      parent = push({ indent, item: true, key: index, map: (maps += 1) });
      from += 1;
      while (from < lineEnd && text[from] === ' ') from += 1;
      indent = from - start;
    }
    return content(from, lineEnd, indent, parent);
  }

  function content(from: number, lineEnd: number, indent: number, parent: Frame | null): number {
    if (text[from] === '[' || text[from] === '{') return brackets(from, pathOf(frames));
    const key = keyAt(text, from, lineEnd);
    if (key === null) {
      return scalar(from, lineEnd, pathOf(frames), parent?.item === true ? 'key-or-value' : 'key', parent);
    }
    const map = parent?.map ?? 0;
    entries.push({ path: [...pathOf(frames), key.name], from, to: key.to, type: 'key', map });
    push({ indent, item: false, key: key.name, map: (maps += 1) });
    let value = key.colon + 1;
    while (value < lineEnd && text[value] === ' ') value += 1;
    if (text[value] === '[' || text[value] === '{') return brackets(value, pathOf(frames));
    if (text[value] === '|' || text[value] === '>') return blockText(indent, lineEnd);
    return scalar(value, lineEnd, pathOf(frames), 'value', frames.at(-1) ?? null);
  }

  function scalar(from: number, lineEnd: number, path: Path, expects: Place['expects'], parent: Frame | null): number {
    const { to, comment } = plainEnd(text, from, lineEnd);
    if (to > from && expects !== 'key') entries.push({ path, from, to, type: 'value', map: parent?.map ?? 0 });
    if (lineEnd === text.length) {
      const word = text.slice(from, lineEnd);
      const nothing = comment || (expects === 'value' && text[from - 1] === ':');
      end = nothing ? null : { path, expects, word, from, map: parent?.map ?? 0, flow: false };
    }
    return lineEnd;
  }

  function blockText(indent: number, lineEnd: number): number {
    end = null;
    let stop = lineEnd;
    while (stop < text.length) {
      const next = text.indexOf('\n', stop + 1);
      const nextEnd = next === -1 ? text.length : next;
      const content = text.slice(stop + 1, nextEnd);
      if (content.trim() !== '' && content.length - content.trimStart().length <= indent) break;
      stop = nextEnd;
    }
    return stop;
  }

  /** From an opening bracket to the end of the line after its closing one. */
  function brackets(start: number, path: Path): number {
    const open: Bracket[] = [];
    let from = start;
    while (from < text.length) {
      const top = open.at(-1);
      const char = text[from] ?? '';
      if (char === '[' || char === '{') {
        open.push({ list: char === '[', path: top ? innerPath(top) : path, map: (maps += 1), key: null, index: 0 });
        from += 1;
      } else if (char === ']' || char === '}') {
        open.pop();
        from += 1;
        if (open.length === 0) {
          const rest = text.indexOf('\n', from);
          end = null;
          return rest === -1 ? text.length : rest;
        }
      } else if (top && char === ',') {
        top.key = null;
        top.index += 1;
        from += 1;
      } else if (/\s/.test(char)) from += 1;
      else if (char === '#' && /\s/.test(text[from - 1] ?? '')) {
        const stop = text.indexOf('\n', from);
        if (stop === -1) {
          end = null;
          return text.length;
        }
        from = stop;
      } else if (top && char === ':' && !top.list) from += 1;
      else from = top ? word(top, from) : from + 1;
    }
    const top = open.at(-1);
    const last = entries.at(-1);
    if (top && !(last && last.to === text.length && last.from >= start)) end = bracketPlace(top, text.length, '');
    return text.length;
  }

  function word(top: Bracket, from: number): number {
    const to = flowWordEnd(text, from);
    const key = !top.list && top.key === null;
    if (key) top.key = unquoted(text.slice(from, to));
    const path = innerPath(top);
    if (to === text.length)
      end = key
        ? { ...bracketPlace({ ...top, key: null }, from, text.slice(from, to)) }
        : bracketPlace(top, from, text.slice(from, to));
    entries.push({ path, from, to, type: key ? 'key' : 'value', map: top.map });
    return to;
  }

  function popTo(indent: number): Frame | null {
    while ((frames.at(-1)?.indent ?? -1) >= indent) frames.pop();
    return frames.at(-1) ?? null;
  }

  /** Items may stand as far to the left as the key of their list. */
  function popFor(indent: number, item: boolean): Frame | null {
    if (!item) return popTo(indent);
    popTo(indent + 1);
    while (frames.at(-1)?.indent === indent && frames.at(-1)?.item === true) frames.pop();
    return frames.at(-1) ?? null;
  }

  function push(frame: Frame): Frame {
    frames.push(frame);
    return frame;
  }

  function isItem(from: number, lineEnd: number): boolean {
    return text[from] === '-' && (from + 1 >= lineEnd || text[from + 1] === ' ' || text[from + 1] === '\r');
  }

  function keyPlace(parent: Frame | null, from: number, written: string, expects: Place['expects']): Place {
    return { path: pathOf(frames), expects, word: written, from, map: parent?.map ?? 0, flow: false };
  }
}

function bracketPlace(top: Bracket, from: number, word: string): Place {
  const key = !top.list && top.key === null;
  return {
    path: key ? top.path : innerPath(top),
    expects: key ? 'key' : 'value',
    word,
    from,
    map: top.map,
    flow: true,
  };
}

function innerPath({ list, path, key, index }: Bracket): Path {
  return [...path, list ? index : (key ?? '')];
}

function pathOf(frames: readonly Frame[]): Path {
  return frames.map(({ key }) => key);
}

interface Key {
  readonly name: string;
  readonly to: number;
  readonly colon: number;
}

/** A key and its colon, which ends the line or has a space after it. */
function keyAt(text: string, from: number, lineEnd: number): Key | null {
  const quote = text[from];
  let colon: number;
  if (quote === '"' || quote === "'") {
    const close = quoteEnd(text, from, lineEnd);
    colon = close;
    while (text[colon] === ' ') colon += 1;
  } else {
    colon = from;
    while (colon < lineEnd && !isColon(text, colon, lineEnd)) {
      if (text[colon] === '#' && text[colon - 1] === ' ') return null;
      colon += 1;
    }
  }
  if (colon === from || colon >= lineEnd || !isColon(text, colon, lineEnd)) return null;
  const to = from + text.slice(from, colon).trimEnd().length;
  return { name: unquoted(text.slice(from, to)), to, colon };
}

function isColon(text: string, at: number, lineEnd: number): boolean {
  return text[at] === ':' && (at + 1 >= lineEnd || /\s/.test(text[at + 1] ?? ''));
}

function quoteEnd(text: string, from: number, lineEnd: number): number {
  const quote = text[from];
  for (let at = from + 1; at < lineEnd; at += 1) {
    if (text[at] === '\\' && quote === '"') at += 1;
    else if (text[at] === quote) return at + 1;
  }
  return lineEnd;
}

function plainEnd(text: string, from: number, lineEnd: number): { readonly to: number; readonly comment: boolean } {
  let at = from;
  if (text[at] === '"' || text[at] === "'") at = quoteEnd(text, at, lineEnd);
  for (; at < lineEnd; at += 1)
    if (text[at] === '#' && (at === from || text[at - 1] === ' '))
      return { to: from + text.slice(from, at).trimEnd().length, comment: true };
  return { to: from + text.slice(from, lineEnd).trimEnd().length, comment: false };
}

function flowWordEnd(text: string, from: number): number {
  if (text[from] === '"' || text[from] === "'") return quoteEnd(text, from, text.length);
  let at = from + 1;
  while (at < text.length) {
    const char = text[at] ?? '';
    if (',[]{}\n'.includes(char)) break;
    if (char === ':' && /[\s,\]}]|^$/.test(text[at + 1] ?? '')) break;
    if (char === '#' && text[at - 1] === ' ') break;
    at += 1;
  }
  return from + text.slice(from, at).trimEnd().length;
}

function unquoted(text: string): string {
  const quote = text[0];
  if (quote !== '"' && quote !== "'") return text;
  const inner = text.length > 1 && text.endsWith(quote) ? text.slice(1, -1) : text.slice(1);
  return quote === "'" ? inner.replaceAll("''", "'") : inner.replaceAll(/\\(.)/g, '$1');
}
