/**
 * What a file says of itself before anything is made of it: its parameters, the sections that stand in it as they are, and what
 * it repeats (`for`) and takes in (`use`). Everything that is wrong with that, and with the form of any expression, is told
 * here, once, however often the part is made later.
 */
import { nearest, nearestHint } from '../../core/nearest.ts';
import type { Place } from '../../core/place.ts';
import { quoted } from '../../core/visible-text.ts';
import type { Problems } from '../problems.ts';
import { CONTENT_KEYS, FILE_KEYS, TEMPLATE_KEYS } from '../sections.ts';
import type { ListNode, MapEntry, MapNode, ScalarNode, TreeNode } from '../tree.ts';
import { readParameters, variableName, type Parameter } from './parameters.ts';
import { looksLikeRange } from './ranges.ts';
import { newTemplates, survey, surveyScalar, type KnownNames, type Size, type Templates } from './templates.ts';
import { readUses, type Use } from './uses.ts';

export interface Outline {
  readonly file: string;
  readonly parameters: readonly Parameter[];
  readonly content: Content;
  readonly templates: Templates;
  /** Whether all of its structure could be read; where not, anything may have been declared in what is left out. */
  readonly whole: boolean;
}

/** What stands in a file or in an item of `for`. */
export interface Content {
  readonly sections: readonly MapEntry[];
  readonly size: Size;
  readonly loops: readonly Loop[];
  readonly uses: readonly Use[];
}

/** An item of `for`. */
export interface Loop {
  readonly place: Place;
  /** In the order of the file; the first one changes slowest. */
  readonly variables: readonly Variable[];
  readonly content: Content;
}

export interface Variable {
  readonly name: string;
  readonly values: ScalarNode | ListNode;
}

interface Reader {
  readonly templates: Templates;
  readonly problems: Problems;
  whole: boolean;
}

/** @param role what a part says of itself as a file (`topology`, `description`) is not taken in. */
export function readOutline(file: string, root: MapNode, role: 'topology' | 'part', problems: Problems): Outline {
  const templates = newTemplates(problems);
  const reader: Reader = { templates, problems, whole: true };
  const parameters = readParameters(root.entries.get('parameters'), problems);
  const known: KnownNames = parameters.declared;
  const entries = [...root.entries.values()].filter(({ key }) => key !== 'parameters');
  const ofFile = entries.filter(({ key }) => FILE_KEYS.includes(key));
  // Read even where it is not taken in: what it speaks of is not unused.
  if (role === 'part') for (const { key, value } of ofFile) survey(value, [key], known, templates);
  const content = readContent(
    role === 'part' ? entries.filter((entry) => !ofFile.includes(entry)) : entries,
    known,
    reader,
  );
  return { file, parameters: parameters.sound, content, templates, whole: reader.whole && parameters.whole };
}

function readContent(entries: readonly MapEntry[], known: KnownNames, reader: Reader): Content {
  const sections = entries.filter(({ key }) => !TEMPLATE_KEYS.includes(key));
  let [objects, nodes] = [0, 0];
  for (const { key, value } of sections) {
    const size = survey(value, [key], known, reader.templates);
    objects += size.objects;
    nodes += size.nodes + 1;
  }
  const uses = entries.find(({ key }) => key === 'use');
  const loops = entries.find(({ key }) => key === 'for');
  return {
    sections,
    size: { objects, nodes },
    loops: itemsOf(loops, reader).flatMap((item) => readLoop(item, known, reader)),
    uses: itemsOf(uses, reader).flatMap((item) => {
      const use = readUses(item, known, reader.templates);
      if (use === undefined) reader.whole = false;
      return use ?? [];
    }),
  };
}

const EXAMPLES: Readonly<Record<string, string>> = {
  for: 'write `- n: 1..3` below it, and what is to be repeated below that',
  use: 'write `use: [./parts/monitoring.yaml]`',
};

function itemsOf(entry: MapEntry | undefined, reader: Reader): readonly TreeNode[] {
  const node = entry?.value;
  if (node === undefined || (node.type === 'scalar' && node.value === null)) return [];
  if (node.type === 'list') return node.items;
  reader.problems.add('wrong-type', node.place, `\`${entry?.key ?? ''}\` takes a list.`, {
    hint: EXAMPLES[entry?.key ?? ''],
  });
  reader.whole = false;
  return [];
}

function readLoop(item: TreeNode, outer: KnownNames, reader: Reader): readonly Loop[] {
  const { problems } = reader;
  if (item.type !== 'map') {
    problems.add('wrong-type', item.place, 'An item of `for` is a map: variables, and what is to be repeated.', {
      hint: EXAMPLES['for'],
    });
    reader.whole = false;
    return [];
  }
  const entries = [...item.entries.values()];
  const inside = entries.filter(({ key }) => CONTENT_KEYS.includes(key));
  const written = entries.filter(({ key }) => !CONTENT_KEYS.includes(key));
  const read = written.map((entry) => readVariable(entry, outer, siblings(written), reader));
  const variables = read.filter((each) => each !== undefined);
  const named = written.filter(({ key }) => variableName(key).ok && !FILE_KEYS.includes(key));
  const known = new Map([...outer, ...named.map(({ key, keyPlace }) => [key, keyPlace] as const)]);
  const content = readContent(inside, known, reader);
  if (written.length === 0) {
    problems.add('missing-key', item.place, 'This item of `for` has no variable, so there is nothing to go through.', {
      hint: 'add a variable with a range or a list, like `n: 1..3`',
    });
  }
  if (inside.length === 0) {
    problems.add('missing-key', item.place, 'This item of `for` has nothing to repeat.', {
      hint: `add one of ${CONTENT_KEYS.map((key) => `\`${key}\``).join(', ')}`,
    });
  }
  if (written.length > 0 && variables.length === written.length) return [{ place: item.place, variables, content }];
  reader.whole = false;
  return [];
}

function siblings(written: readonly MapEntry[]): ReadonlySet<string> {
  return new Set(written.map(({ key }) => key));
}

function readVariable(
  entry: MapEntry,
  outer: KnownNames,
  beside: ReadonlySet<string>,
  reader: Reader,
): Variable | undefined {
  const { key, keyPlace, value } = entry;
  const { problems } = reader;
  if (FILE_KEYS.includes(key) || key === 'parameters') {
    problems.add('unknown-key', keyPlace, `${quoted(key)} stands at the top of a file, and is not repeated.`);
    return undefined;
  }
  if (value.type === 'map' || (value.type === 'scalar' && value.value === null)) {
    const detail = `${quoted(key)} would be a variable here, and a variable goes through a range or a list.`;
    const near = nearest(key, CONTENT_KEYS);
    problems.add('unknown-key', keyPlace, detail, {
      hint:
        near === undefined
          ? `what can be repeated: ${CONTENT_KEYS.map((each) => `\`${each}\``).join(', ')}`
          : `did you mean \`${near}\`?`,
    });
    return undefined;
  }
  const name = variableName(key);
  if (!name.ok) {
    const hint = name.problem.hint ?? nearestHint(key, CONTENT_KEYS);
    problems.add(name.problem.code, keyPlace, name.problem.detail, { hint });
    return undefined;
  }
  const first = outer.get(key);
  if (first !== undefined) {
    problems.add(
      'variable-twice',
      keyPlace,
      `${quoted(key)} has a meaning here already; \`\${${key}}\` could be either.`,
      {
        hint: 'give one of them another name',
        related: [{ ...first, message: 'declared here' }],
      },
    );
    return undefined;
  }
  return readValues(value, outer, beside, reader) ? { name: key, values: value } : undefined;
}

function readValues(
  value: ScalarNode | ListNode,
  outer: KnownNames,
  beside: ReadonlySet<string>,
  reader: Reader,
): boolean {
  const { templates, problems } = reader;
  const items: readonly TreeNode[] = value.type === 'list' ? value.items : [value];
  let sound = true;
  for (const item of items) {
    const reason = value.type === 'list' ? whyNoItem(item) : undefined;
    if (reason !== undefined || item.type !== 'scalar') {
      problems.add('wrong-type', item.place, `A variable goes through plain values; this is ${reason ?? 'none'}.`, {
        hint: reason === RANGE_IN_LIST ? 'write the range without brackets, or all its values' : undefined,
      });
      sound = false;
      continue;
    }
    // A sibling counts as known here, so that what is told is why it can't be used.
    if (surveyScalar(item, new Map([...outer, ...[...beside].map((name) => [name, item.place] as const)]), templates)) {
      const dependent = templates.ofScalar.get(item)?.names.find(({ name }) => beside.has(name));
      if (dependent === undefined) continue;
      problems.add(
        'unknown-variable',
        item.place,
        `${quoted(dependent.name)} has no value yet: the variables of one item go through their values independently.`,
        {
          hint: 'put a second `for` inside this item for the variable that depends on another',
        },
      );
      sound = false;
    }
  }
  return sound;
}

const RANGE_IN_LIST = 'a range';

function whyNoItem(item: TreeNode): string | undefined {
  if (item.type !== 'scalar') return `a ${item.type}`;
  if (item.value === null) return 'empty';
  return looksLikeRange(item.text) ? RANGE_IN_LIST : undefined;
}
