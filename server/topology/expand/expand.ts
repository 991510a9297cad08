/**
 * Stage inside the reader: located tree → located tree without `parameters`, `for`, `use` and `${…}`. Nothing is pasted as text:
 * expressions are worked out where they stand, and what comes out is a value. Places stay those of the file that says it.
 *
 * In three steps: what each file says of itself (`outline.ts`), how much it would make (`measure.ts`), making it (`make.ts`) and
 * putting it together (`merge.ts`). Pure but for `readPart`.
 */
import { posix } from 'node:path';
import { giveBackMemory } from '../../core/memory.ts';
import { quoted } from '../../core/visible-text.ts';
import { MAX_EXPRESSION_WORK } from '../limits.ts';
import type { Problems } from '../problems.ts';
import { standIn } from '../stand-in.ts';
import type { MapEntry, MapNode, TreeNode } from '../tree.ts';
import type { Source } from '../yaml/read-yaml.ts';
import type { Frame, Run } from './frame.ts';
import { makeSection, type Losses } from './make.ts';
import { measure } from './measure.ts';
import { createMerger, type Merger } from './merge.ts';
import { readOutline, type Outline } from './outline.ts';
import { bindParameters, settingsOf, type SettingProblem } from './parameters.ts';
import { createParts, type ReadPart } from './parts.ts';
import { visitContent, type Visitor } from './visit.ts';

export interface ExpandOptions {
  /** Parameters from outside, by name, as text. */
  readonly set: ReadonlyMap<string, string>;
  readonly readPart: ReadPart;
}

export interface Expanded {
  readonly tree: TreeNode;
  /** What the problems of expanding have spoiled. */
  readonly losses: Losses;
  /** The texts of all parts. */
  readonly sources: readonly Source[];
  /** Files of parts that were looked for, those included that are not there. */
  readonly files: readonly string[];
  /** A setting that the file can't take. */
  readonly refused: SettingProblem | undefined;
}

export function expandTree(tree: TreeNode, file: string, options: ExpandOptions, problems: Problems): Expanded {
  const losses: Losses = { damaged: [], nameless: false };
  const parts = createParts(options.readPart, problems);
  const answer = { losses, sources: parts.sources, files: parts.files };
  // Told by the schema, which asks for a map.
  if (tree.type !== 'map') return { ...answer, tree, refused: undefined };

  const outline = readOutline(file, tree, 'topology', problems);
  const settings = settingsOf(outline.parameters, options.set);
  const refused = outline.whole && 'summary' in settings ? settings : undefined;
  const { scope, missing } = bindParameters(outline.parameters, 'summary' in settings ? new Map() : settings);
  for (const { name, place } of missing) {
    problems.add('missing-key', place, `Parameter ${quoted(name)} has no value, and no default.`, {
      hint: `give it one with \`--set ${name}=…\`, or write a default`,
    });
  }
  if (!outline.whole || missing.length > 0) losses.nameless = true;

  const run: Run = { problems, budget: { left: MAX_EXPRESSION_WORK }, parts, origins: 0 };
  const frame: Frame = { outline, scope, via: undefined, files: [posix.normalize(file)] };
  return { ...answer, tree: withName(tree, makeAll(frame, run, losses)), refused };
}

/** Everything that the file and its parts describe, unless that is too much: then only what stands in the file itself. */
function makeAll(frame: Frame, run: Run, losses: Losses): ReadonlyMap<string, MapEntry> {
  const { problems } = run;
  const { content } = frame.outline;
  const outlines = new Set<Outline>();
  const merger = createMerger(problems);
  const maker = makerOf(run, losses, merger, outlines);
  const excess = content.loops.length + content.uses.length > 0 ? measure(content, frame, run) : undefined;
  if (excess === undefined) visitContent(content, frame, run, maker);
  else {
    problems.add('too-many', excess.place, excess.detail, { hint: 'make fewer rounds, or several topologies of it' });
    losses.nameless = true;
    maker.content(content, frame);
  }
  warnOfUnused(outlines, problems);
  return merger.entries;
}

/** A visitor that makes everything it meets, and notes whose it is. */
function makerOf(run: Run, losses: Losses, merger: Merger, outlines: Set<Outline>): Visitor {
  return {
    content({ sections }, frame) {
      outlines.add(frame.outline);
      giveBackMemory();
      for (const section of sections) {
        const made = makeSection(section, frame, run, losses);
        if (made !== undefined) merger.add(made);
      }
    },
    enter: () => true,
    tell({ code, detail, hint }, place, { via }) {
      run.problems.add(code, via === undefined ? place : { ...place, via }, detail, { hint });
    },
    lost() {
      losses.nameless = true;
    },
  };
}

/** A name that could not be worked out is no missing one: that it is wrong was told. */
function withName(root: MapNode, entries: ReadonlyMap<string, MapEntry>): MapNode {
  const written = root.entries.get('topology');
  if (written === undefined || entries.has('topology')) return { ...root, entries };
  return { ...root, entries: new Map([...entries, ['topology', { ...written, value: standIn(written.value.place) }]]) };
}

function warnOfUnused(outlines: ReadonlySet<Outline>, problems: Problems): void {
  for (const { parameters, templates, whole } of outlines) {
    // Of half a file it would be a guess.
    if (!whole || !templates.whole) continue;
    for (const { name, place } of parameters) {
      if (templates.used.has(name)) continue;
      problems.add('unused', place, `Parameter ${quoted(name)} is used nowhere in this file.`, {
        hint: `write \`\${${name}}\` where its value belongs, or remove it`,
      });
    }
  }
}
