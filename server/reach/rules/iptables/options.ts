/** The options of a rule as iptables-save writes them, each with the extension that it belongs to. */
import type { Word } from './words.ts';

export interface Option {
  /** `-s`, `--dport` */
  readonly name: string;
  readonly negated: boolean;
  readonly args: readonly string[];
}

export interface Extension {
  /** `tcp`, `conntrack`; of a target `DNAT`, or a chain. */
  readonly name: string;
  readonly options: readonly Option[];
}

export interface RuleOptions {
  /** Of iptables itself: `-s`, `-d`, `-p`, `-i`, `-o`, `-f`. */
  readonly own: readonly Option[];
  readonly matches: readonly Extension[];
  /** `null`: the rule only counts. */
  readonly target: (Extension & { readonly goes: 'jump' | 'goto' }) | null;
}

const OWN: Readonly<Record<string, string>> = {
  ...{ '-s': '-s', '--source': '-s', '--src': '-s', '-d': '-d', '--destination': '-d', '--dst': '-d' },
  ...{ '-p': '-p', '--protocol': '-p', '--proto': '-p', '-i': '-i', '--in-interface': '-i' },
  ...{ '-o': '-o', '--out-interface': '-o', '-f': '-f', '--fragment': '-f' },
};
const LOADS = new Set(['-m', '--match']);
const GOES: Readonly<Record<string, 'jump' | 'goto'>> = {
  '-j': 'jump',
  '--jump': 'jump',
  '-g': 'goto',
  '--goto': 'goto',
};
/** Take the next word, whatever it looks like. */
const TEXTS = new Set(['--comment', '--log-prefix', '--nflog-prefix', '--string', '--hex-string', '--name']);

/** `undefined`: the words do not come in this order. */
export function readOptions(words: readonly Word[]): RuleOptions | undefined {
  const own: Option[] = [];
  const extensions: { readonly name: string; readonly options: Option[]; readonly goes: 'jump' | 'goto' | null }[] = [];
  let at = 0;
  const take = (): Word | undefined => words[at++];
  const isMark = (word: Word | undefined): boolean => word?.quoted === false && word.text === '!';
  while (at < words.length) {
    let negated = isMark(words[at]);
    if (negated) at += 1;
    const name = take();
    if (name === undefined || name.quoted || !name.text.startsWith('-')) return undefined;
    const goes = GOES[name.text] ?? null;
    if (goes !== null || LOADS.has(name.text)) {
      const extension = take();
      if (extension === undefined || negated) return undefined;
      extensions.push({ name: extension.text, options: [], goes });
      continue;
    }
    const ownName = OWN[name.text];
    // Before 1.4.3 the mark stood behind the option.
    if (!negated && isMark(words[at]) && !isOption(words[at + 1])) [negated, at] = [true, at + 1];
    if (ownName !== undefined) {
      const value = ownName === '-f' ? undefined : take();
      if (ownName !== '-f' && value === undefined) return undefined;
      own.push({ name: ownName, negated, args: value === undefined ? [] : [value.text] });
      continue;
    }
    const args: string[] = [];
    while (at < words.length && (TEXTS.has(name.text) ? args.length === 0 : !isOption(words[at]) && !isMark(words[at])))
      args.push(take()?.text ?? '');
    const extension = extensions.at(-1);
    if (extension === undefined) return undefined;
    extension.options.push({ name: name.text, negated, args });
  }
  const targets = extensions.filter(({ goes }) => goes !== null);
  const [target = null] = targets;
  if (targets.length > 1) return undefined;
  return {
    own,
    matches: extensions.filter(({ goes }) => goes === null).map(({ name, options }) => ({ name, options })),
    target: target === null ? null : { name: target.name, options: target.options, goes: target.goes ?? 'jump' },
  };
}

function isOption(word: Word | undefined): boolean {
  return word?.quoted === false && /^--?[a-z]/i.test(word.text);
}
