/** Completion: (schema, text, position) → what may be written there. */
import type { Known, Section } from './names.ts';
import { namesFor, variablesAt } from './names.ts';
import type { Entry, Path, Place } from './scan.ts';
import { scan } from './scan.ts';
import type { Schema } from './schema.ts';
import { flowText, formsAt, isList, scalarText, schemaAt, schemaOf, takesText, wordOf } from './schema.ts';

export interface Option {
  /** As it is shown, and matched with what is written already. */
  readonly label: string;
  readonly type: 'key' | 'word' | 'name' | 'variable' | 'example';
  /** What it takes, or what it is the name of. */
  readonly detail: string;
  /** What it is for. */
  readonly info: string | null;
  readonly insert: string;
}

export interface Options {
  /** What is replaced. */
  readonly from: number;
  readonly to: number;
  readonly options: readonly Option[];
}

export const NOTHING_KNOWN: Known = { networks: [], hosts: [], guests: [], gateways: [] };

export function optionsAt(root: Schema, text: string, position: number, known: Known = NOTHING_KNOWN): Options | null {
  const { end } = scan(text.slice(0, position));
  if (end === null) return null;
  const { entries } = scan(text);
  const variable = variableOptions(root, end, entries, position);
  if (variable !== null) return variable;
  const keys = end.expects === 'value' ? [] : keyOptions(root, end, entries, { text, known });
  const values = end.expects === 'key' ? [] : valueOptions(root, end, entries, known);
  // Of `shop -> w`, only the last piece is a name.
  const piece = values.some((each) => each.pieces) ? (/\S*$/.exec(end.word)?.index ?? 0) : 0;
  const options = [...keys, ...values.map((each) => each.option)];
  return options.length === 0 ? null : { from: end.from + piece, to: position, options };
}

function variableOptions(root: Schema, end: Place, entries: readonly Entry[], position: number): Options | null {
  const opened = /\$\{([^}]*)$/.exec(end.word)?.[1];
  if (opened === undefined) return null;
  const begun = /\w*$/.exec(opened)?.[0] ?? '';
  const sections = new Set(Object.keys(schemaOf(root['properties'])));
  const options = variablesAt(end.path, entries, sections).map((name): Option => ({
    label: name,
    type: 'variable',
    detail: 'variable',
    info: null,
    insert: name,
  }));
  return options.length === 0 ? null : { from: position - begun.length, to: position, options };
}

interface Around {
  readonly text: string;
  readonly known: Known;
}

function keyOptions(root: Schema, place: Place, entries: readonly Entry[], around: Around): readonly Option[] {
  const { path, word, flow } = place;
  const forms = formsAt(root, path);
  const maps = forms.filter(({ type }) => type === 'object');
  if (maps.length === 0 && !flow && place.expects === 'key') return itemOptions(root, place, forms, around);
  const present = new Set(
    entries
      .filter((each) => each.map === place.map && each.type === 'key' && each.from !== place.from)
      .map((each) => each.path.at(-1)),
  );
  const indent = place.from - (around.text.lastIndexOf('\n', place.from - 1) + 1);
  const properties = maps.flatMap((form) => Object.keys(schemaOf(form['properties'])));
  const keys = [...new Set(properties)]
    .filter((key) => !present.has(key) || key === word)
    .map((key) => keyOption(root, [...path, key], flow ? null : indent));
  return [...keys, ...nameOptions(root, place, entries, { present, known: around.known, maps })];
}

interface Names {
  readonly present: ReadonlySet<unknown>;
  readonly known: Known;
  readonly maps: readonly Schema[];
}

/** Names that a map may have: of things that are defined elsewhere, and of an example. */
function nameOptions(
  root: Schema,
  { path }: Place,
  entries: readonly Entry[],
  { present, known, maps }: Names,
): readonly Option[] {
  const named = namesFor(path, 'key', entries, known)?.names ?? [];
  const names = named
    .filter(({ name }) => !present.has(name))
    .map(({ name, section }) => nameOption(name, section, `${scalarText(name)}: `));
  if (!maps.some((form) => typeof form['additionalProperties'] === 'object')) return names;
  const examples = examplesOf(schemaAt(root, path), maps).flatMap((example) => Object.entries(schemaOf(example)));
  return [
    ...names,
    ...examples
      .filter(([name]) => !present.has(name))
      .map(([name, value]): Option => {
        const insert = `${scalarText(name)}: ${flowText(value)}`;
        return { label: insert, type: 'example', detail: 'example', info: null, insert };
      }),
  ];
}

/** An empty line below the key of a list: an item, or the list as it may look. */
function itemOptions(
  root: Schema,
  { path, word }: Place,
  forms: readonly Schema[],
  { text }: Around,
): readonly Option[] {
  if (word !== '' || !forms.some(({ type }) => type === 'array') || text === '') return [];
  const examples = examplesOf(schemaAt(root, path), forms).flatMap((each) => (isList(each) ? each : [each]));
  return [...new Set(examples.map(flowText))].map((example): Option => {
    const insert = `- ${example}`;
    return { label: insert, type: 'example', detail: 'example', info: null, insert };
  });
}

function keyOption(root: Schema, path: Path, indent: number | null): Option {
  const key = String(path.at(-1));
  const schema = schemaAt(root, path);
  const forms = formsAt(root, path);
  const inside = indent === null ? null : `\n${' '.repeat(indent + 2)}`;
  const nested = forms.length > 0 && forms.every(({ type }) => type === 'object' || type === 'array');
  const item = forms.some(({ type }) => type === 'array') ? '- ' : '';
  const below = nested && inside !== null ? `:${inside}${item}` : ': ';
  return {
    ...{ label: key, type: 'key', detail: takesText(root, forms) },
    info: wordOf(schema, 'description'),
    insert: `${key}${below}`,
  };
}

interface ValueOption {
  readonly option: Option;
  readonly pieces: boolean;
}

function valueOptions(root: Schema, { path }: Place, entries: readonly Entry[], known: Known): readonly ValueOption[] {
  const forms = formsAt(root, path);
  const named = namesFor(path, 'value', entries, known);
  const names = (named?.names ?? []).map(({ name, section }) => nameOption(name, section, scalarText(name)));
  if (named?.pieces === true) return names.map((option) => ({ option, pieces: true }));
  const words = forms.flatMap((form) => (isList(form['enum']) ? form['enum'].map(String) : wordsOf(form)));
  const own = [...new Set(words)].map((word): Option => ({
    label: word,
    type: 'word',
    detail: '',
    info: null,
    insert: word,
  }));
  const said = new Set([...names, ...own].map(({ label }) => label));
  const examples = named === null ? examplesOf(schemaAt(root, path), forms).map(flowText) : [];
  const shown = [...new Set(examples)]
    .filter((text) => !said.has(text))
    .map((text): Option => ({ label: text, type: 'example', detail: 'example', info: null, insert: text }));
  return [...names, ...own, ...shown].map((option) => ({ option, pieces: false }));
}

function wordsOf({ type }: Schema): readonly string[] {
  return type === 'boolean' ? ['true', 'false'] : [];
}

function nameOption(name: string, section: Section | null, insert: string): Option {
  return { label: name, type: 'name', detail: section === null ? '' : section.slice(0, -1), info: null, insert };
}

function examplesOf(schema: Schema | null, forms: readonly Schema[]): readonly Schema[string][] {
  const own = schema?.['examples'];
  if (isList(own)) return own;
  return forms.flatMap((form) => (isList(form['examples']) ? form['examples'] : []));
}
