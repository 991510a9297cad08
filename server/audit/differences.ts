/**
 * What two states of the same stacks let pass otherwise, as sets with a packet each: found hosts and what the file wants of them,
 * hosts before and after an apply, the same hosts at two times. Only what is surely so.
 */
import type { NetworkStack } from '../flow/world.ts';
import type { StackChange } from '../reach/changes/changes.ts';
import type { Locator } from '../reach/rules/ruleset.ts';
import { TooComplex } from '../reach/sets/diagrams.ts';
import type { Differences as SetDifferences, StackDifference } from '../reach/sets/difference.ts';
import { differenceOf, transientlyOpen } from '../reach/sets/difference.ts';
import { subjectOf } from '../reach/sets/of-stack.ts';
import { servicesOf } from '../reach/changes/services.ts';
import { namesOf } from '../reach/changes/names.ts';
import type { Names } from '../reach/changes/names.ts';
import { rulesetOf } from '../reach/world/rules.ts';
import type { Exposure } from './exposure.ts';
import { exposureOf, isWide, tellingOf, wayOut } from './exposure.ts';
import type { AuditedStack, Scene } from './scene.ts';

export interface Difference {
  readonly direction: 'opened' | 'closed';
  /** What passes in the one state; all of it is of one sort, but for the services. */
  readonly exposures: readonly [Exposure, ...Exposure[]];
  /** `internet`, a network, `interface lan`. */
  readonly sources: readonly string[];
  /** `base 10.30.0.10:5432`, `gw@here itself`, `internet`, a network, `interface lan`. */
  readonly end: string;
  /** It comes from outside: by the way to the world, or from an external network. */
  readonly outside: boolean;
  readonly services: readonly string[];
  /** What stops it in the other state; `null` where nothing in particular does. */
  readonly stoppedBy: Locator | null;
}

export interface Differences {
  /** `opened`: found hosts let it pass, and what the file wants does not. */
  readonly fromWanted: readonly Difference[];
  /** From one state of `scene.changes` to the other. */
  readonly changed: readonly Difference[];
  /** Let pass by states between the two alone. */
  readonly meanwhile: readonly Difference[];
  readonly notes: readonly string[];
}

export function differencesOf(scene: Scene): Differences {
  const notes = new Set<string>(scene.changes?.notes);
  const compared = { scene, names: scene.model === null ? null : namesOf(scene.model), notes };
  const fromWanted = [...scene.stacks.values()].flatMap((on) => {
    const before = scene.wanted.get(on.stack.id);
    return before === undefined ? [] : compare(compared, { before, after: on.stack });
  });
  const changes = scene.changes?.stacks ?? [];
  return {
    fromWanted: fromWanted.filter(({ direction }) => direction === 'opened'),
    changed: changes.flatMap((change) => compare(compared, change)),
    meanwhile: changes.flatMap((change) => between(compared, change)),
    notes: [...notes],
  };
}

interface Compared {
  readonly scene: Scene;
  readonly names: Names | null;
  readonly notes: Set<string>;
}

function compare(compared: Compared, change: StackChange): readonly Difference[] {
  const { before, after } = change;
  const stack = after ?? before;
  if (stack === null) return [];
  const [was, is] = [before, after].map((each) => (each === null ? null : subjectOf(each)));
  return inBoth(compared, stack, (family) => {
    const found = differenceOf(was ?? null, is ?? null, family, tellingOf(compared.scene, stack, family));
    return told(compared, family, found, ({ direction }) => (direction === 'opened' ? after : before) ?? stack);
  });
}

function between(compared: Compared, { before, after, meanwhile = [] }: StackChange): readonly Difference[] {
  const [was, is] = [before, after].map((each) => (each === null ? null : subjectOf(each)));
  return meanwhile.flatMap((stack) =>
    inBoth(compared, stack, (family) => {
      const found = transientlyOpen(
        was ?? null,
        subjectOf(stack),
        is ?? null,
        family,
        tellingOf(compared.scene, stack, family),
      );
      return told(compared, family, found, () => stack);
    }),
  );
}

/** Both families, and a note on what is too much. */
function inBoth(
  { notes }: Compared,
  stack: NetworkStack,
  look: (family: 4 | 6) => readonly Difference[],
): readonly Difference[] {
  return ([4, 6] as const).flatMap((family) => {
    try {
      return look(family);
    } catch (error) {
      if (!(error instanceof TooComplex)) throw error;
      notes.add(`${stack.node}: its rules are too many to be compared in IPv${String(family)} (${error.message})`);
      return [];
    }
  });
}

function told(
  { scene, names, notes }: Compared,
  family: 4 | 6,
  { list, more }: SetDifferences,
  stackOf: (each: StackDifference) => NetworkStack,
): readonly Difference[] {
  const [some] = list;
  if (more && some !== undefined)
    notes.add(`${stackOf(some).node}: more is different than is told, in IPv${String(family)}`);
  const all = list
    .filter(({ sure }) => sure)
    .map((each) => {
      const on = auditedAs(scene, stackOf(each));
      const exposure = exposureOf(scene, on, family, each);
      const { stack } = on;
      const outside = each.from === wayOut(stack, family) || names?.isOutside(stack, each.from) === true;
      const named = names?.source(stack, each.from, each.box.sources, family) ?? `interface ${each.from}`;
      const passes = each.direction === 'opened' ? each.before : each.after;
      return {
        ...{ direction: each.direction, exposure, outside },
        source: outside ? 'internet' : named,
        end: endOf(exposure, names),
        stoppedBy: passes?.verdict === 'dropped' || passes?.verdict === 'rejected' ? passes.by : null,
      };
    });
  return together(all);
}

type Single = Omit<Difference, 'exposures' | 'sources' | 'services'> & {
  readonly exposure: Exposure;
  readonly source: string;
};

/** All services between two ends, then all that have the same services to the same end. */
function together(all: readonly Single[]): readonly Difference[] {
  const between = Map.groupBy(all, ({ source, ...each }) => `${source} ${sortText(each)}`);
  const joined = [...between.values()].flatMap((group): readonly Difference[] => {
    const [first, ...rest] = group;
    if (first === undefined) return [];
    const { exposure, source, ...common } = first;
    const exposures = [exposure, ...rest.map((each) => each.exposure)] as const;
    const services = [...new Set(exposures.flatMap(({ box }) => servicesOf(box)))].sort();
    return [{ ...common, exposures, sources: [source], services: services.includes('any') ? ['any'] : services }];
  });
  const bySource = Map.groupBy(joined, ({ services, exposures: [exposure], ...each }) =>
    JSON.stringify([sortText({ ...each, exposure }), services]),
  );
  return [...bySource.values()].flatMap((group): readonly Difference[] => {
    const [first, ...rest] = group;
    if (first === undefined) return [];
    const sources = [...new Set(group.flatMap((each) => each.sources))].sort();
    return [{ ...first, sources, exposures: [first.exposures[0], ...[first, ...rest].flatMap(beyondFirst)] }];
  });
}

function beyondFirst({ exposures }: Difference, index: number): readonly Exposure[] {
  return index === 0 ? exposures.slice(1) : exposures;
}

function sortText({ direction, outside, end, exposure: { on, by } }: Omit<Single, 'source' | 'stoppedBy'>): string {
  return JSON.stringify([direction, outside, on.stack.id, end, by?.table, by?.chain, by?.handle, by?.text]);
}

function endOf({ on, to, target, port, family, box }: Exposure, names: Names | null): string {
  const { stack } = on;
  if (to === null && target === stack.node) return `${stack.node} itself`;
  const [first] = box.destinations;
  const one = port !== null || (box.destinations.length === 1 && first?.first === first?.last);
  if (to === null || one) return `${target}${port === null ? '' : `:${String(port)}`}`;
  if (to === wayOut(stack, family) && isWide(family, box.destinations)) return 'internet';
  const [named, ...others] = names?.target(stack, to, box.destinations, family) ?? [];
  return named !== undefined && others.length === 0 ? named : `interface ${to}`;
}

/** The stack as it is audited; one that is no more, or is only on the way, stands for itself. */
function auditedAs(scene: Scene, stack: NetworkStack): AuditedStack {
  const known = scene.stacks.get(stack.id);
  if (known?.stack === stack) return known;
  return { stack: { ...stack, node: known?.stack.node ?? stack.node }, rules: rulesetOf(stack), mappings: [] };
}
