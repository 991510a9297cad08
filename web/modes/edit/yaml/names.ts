/** Which names of the file a value speaks of, by the path of its key. */
import type { Entry, Path } from './scan.ts';

export type Section = 'networks' | 'hosts' | 'guests' | 'gateways';
export const SECTIONS: readonly Section[] = ['networks', 'hosts', 'guests', 'gateways'];

/** Names by section, as the compiled topology has them: those that templates make included. */
export type Known = Readonly<Record<Section, readonly string[]>>;

interface Rule {
  readonly path: RegExp;
  readonly sections: readonly Section[];
  readonly words?: readonly string[];
  /** A name is one piece of the value, which has others before and after. */
  readonly pieces?: true;
}

const VALUES: readonly Rule[] = [
  { path: /^(guests|gateways)\/[^/]+\/on(\/#)?$/, sections: ['hosts'] },
  { path: /^networks\/[^/]+\/underlay$/, sections: ['networks'] },
  { path: /^hosts\/[^/]+\/bridges\/[^/]+\/networks(\/#)?$/, sections: ['networks'] },
  { path: /^gateways\/[^/]+\/intercept(\/#)?\/from(\/#)?$/, sections: ['networks'] },
  { path: /^gateways\/[^/]+\/(intercept|balance|nat\/publish)(\/#)?\/to(\/#)?$/, sections: ['guests'] },
  { path: /^gateways\/[^/]+\/nat\/masquerade(\/#)?$/, sections: ['networks'], pieces: true },
  { path: /^gateways\/[^/]+\/nat\/publish(\/#)?$/, sections: ['guests'], pieces: true },
  {
    path: /^(policy|expect)\/#\/(from|to)(\/#)?$/,
    sections: ['networks', 'guests', 'gateways', 'hosts'],
    words: ['internet'],
  },
  { path: /^expect\/#\/reaches$/, sections: ['guests'] },
  { path: /^expect\/#\/even-without(\/#)?$/, sections: ['hosts'], words: ['any host'] },
];

const KEYS: readonly Rule[] = [
  { path: /^(hosts|guests|gateways)\/[^/]+\/nics$/, sections: ['networks'] },
  { path: /^gateways\/[^/]+\/nics\/[^/]+\/address$/, sections: ['hosts'] },
];

export interface Named {
  readonly names: readonly { readonly name: string; readonly section: Section | null }[];
  readonly pieces: boolean;
}

/** `null` where no names are spoken of. */
export function namesFor(path: Path, as: 'key' | 'value', entries: readonly Entry[], known: Known): Named | null {
  const text = ownPath(path)
    .map((step) => (typeof step === 'number' ? '#' : step.replaceAll('/', '_')))
    .join('/');
  const rule = (as === 'key' ? KEYS : VALUES).find((each) => each.path.test(text));
  if (rule === undefined) return null;
  const words = (rule.words ?? []).map((name) => ({ name, section: null }));
  const names = rule.sections.flatMap((section) => namesIn(section, entries, known).map((name) => ({ name, section })));
  return { names: [...words, ...names], pieces: rule.pieces === true };
}

function namesIn(section: Section, entries: readonly Entry[], known: Known): readonly string[] {
  const written = entries.flatMap(({ path, type }) => {
    const own = ownPath(path);
    const name = own[1];
    return type === 'key' && own.length === 2 && own[0] === section && typeof name === 'string' ? [name] : [];
  });
  // What a template is called is no name yet: what it makes is known once the file is right.
  return [...new Set([...written.filter((name) => !name.includes('${')), ...known[section]])];
}

/** Without the `for` that it stands in: sections mean the same there. */
export function ownPath(path: Path): Path {
  let from = 0;
  while (path[from] === 'for' && typeof path[from + 1] === 'number') from += 2;
  return path.slice(from);
}

/** Parameters of the file, and variables of the `for` around a path. */
export function variablesAt(path: Path, entries: readonly Entry[], sections: ReadonlySet<string>): readonly string[] {
  const found = entries.flatMap(({ path: own, type }) => {
    const name = own.at(-1);
    if (type !== 'key' || typeof name !== 'string') return [];
    if (own.length === 2 && own[0] === 'parameters') return [name];
    const around = own.slice(0, -1);
    const inFor = around.at(-2) === 'for' && around.every((step, index) => step === path[index]);
    return inFor && !sections.has(name) ? [name] : [];
  });
  return [...new Set(found)];
}
