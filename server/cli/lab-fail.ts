import type { Command } from 'commander';
import { Failure } from '../core/failure.ts';
import { faultText, HOW_WRITTEN, labFail, labFaults, labHeal, openLab, parseHow, shownFault } from '../lab/index.ts';
import type { Fault } from '../lab/index.ts';
import type { Answer, AnswerWith, CliContext } from './context.ts';
import { splitFile } from './lab-words.ts';
import { takesSettings, withModel } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';

const TARGETS = `NODE is a host, a guest, internet or a gateway member (vgw-1@gw-x); a single link is written NODE:NETWORK
(web:lan, vgw-1@gw-x:wan) or, of a host, HOST:PORT (left:eno1).`;

interface FailOptions extends CommonOptions {
  readonly how?: string;
}

export function declareLabFail(lab: Command, answer: AnswerWith): void {
  const summary = 'break a host, a guest, a gateway member or a link; without NODE: list what is broken';
  takesSettings(lab.command('fail'))
    .summary(summary)
    .description(
      `${summary}\n\n${TARGETS}\nIt stays broken until \`lab heal\` or \`lab up\`; nodes keep their addresses, routes and programs.
A cut shows in \`status --lab\` where it is a port of the plan that lost its link.`,
    )
    .exitOverride()
    .argument('[words...]', '[FILE] [NODE]')
    .option('--how <how>', `${HOW_WRITTEN}; cut where it is left out`)
    .option('--json', 'print one JSON document')
    .action(answer((_context: CliContext, words: readonly string[], options: FailOptions) => fail(words, options)));
}

function fail(given: readonly string[], options: FailOptions): Promise<Answer> {
  const { file, words, how } = readHow(given, options.how ?? 'cut');
  const [target, ...more] = words;
  if (more.length > 0) throw tooMany('fail');
  const wanted = parseHow(how);
  if (target === undefined && options.how !== undefined)
    throw new Failure('usage', 'Break what?', { detail: 'Write: trunkline lab fail FILE NODE --how HOW' });
  return withModel(file, options, async (model) => {
    const lab = await openLab(model.topology);
    if (target === undefined) return listed(model.topology, await labFaults(lab));
    const faults = await labFail(model, lab, target, wanted);
    const fault = faults.find((each) => each.target === target);
    return {
      document: {
        topology: model.topology,
        failed: fault === undefined ? null : shownFault(fault),
        faults: faults.map(shownFault),
      },
      text: fault === undefined ? '' : `Broken: ${faultText(fault)}. To mend it: trunkline lab heal`,
      exitCode: 0,
    };
  });
}

/** `--how loss 30%` without quotes: the amount is found among the other words, where it is no file and no node. */
function readHow(
  given: readonly string[],
  how: string,
): { readonly file: string | undefined; readonly words: readonly string[]; readonly how: string } {
  const { file, words } = splitFile(given);
  const at = how === 'loss' || how === 'delay' ? words.findIndex((word) => /^[\d.]+(%|ms|s)$/.test(word)) : -1;
  const inOrOut = how === 'one-way' ? words.findIndex((word, index) => index > 0 && /^(in|out)$/.test(word)) : -1;
  const index = Math.max(at, inOrOut);
  if (index === -1) return { file, words, how };
  return { file, words: words.toSpliced(index, 1), how: `${how} ${words[index] ?? ''}` };
}

function listed(topology: string, faults: readonly Fault[]): Answer {
  const text = faults.length === 0 ? `Nothing is broken in the lab of ${topology}.` : faults.map(faultText).join('\n');
  return { document: { topology, faults: faults.map(shownFault) }, text, exitCode: 0 };
}

interface HealOptions extends CommonOptions {
  readonly all?: boolean;
}

export function declareLabHeal(lab: Command, answer: AnswerWith): void {
  const summary = 'mend what `lab fail` has broken';
  takesSettings(lab.command('heal'))
    .summary(summary)
    .description(`${summary}\n\n${TARGETS}`)
    .exitOverride()
    .argument('[words...]', '[FILE] NODE')
    .option('--all', 'mend everything')
    .option('--json', 'print one JSON document')
    .action(answer((_context: CliContext, words: readonly string[], options: HealOptions) => heal(words, options)));
}

function heal(given: readonly string[], options: HealOptions): Promise<Answer> {
  const { file, words } = splitFile(given);
  const [target, ...more] = words;
  if (more.length > 0) throw tooMany('heal');
  if ((target === undefined) !== (options.all === true)) {
    throw new Failure('usage', 'Mend what?', { detail: 'Write: trunkline lab heal FILE NODE, or --all.' });
  }
  return withModel(file, options, async (model) => {
    const { healed, faults } = await labHeal(await openLab(model.topology), target ?? null);
    return {
      document: { topology: model.topology, healed: healed.map(shownFault), faults: faults.map(shownFault) },
      text: healed.length === 0 ? `Nothing is broken in the lab of ${model.topology}.` : healedText(healed, faults),
      exitCode: 0,
    };
  });
}

function healedText(healed: readonly Fault[], faults: readonly Fault[]): string {
  const left = faults.length === 0 ? '' : ` Still broken: ${faults.map(faultText).join(', ')}.`;
  return `Mended: ${healed.map(faultText).join(', ')}.${left}`;
}

function tooMany(verb: string): Failure {
  return new Failure('usage', 'One node or link at a time', { detail: `Write: trunkline lab ${verb} FILE NODE` });
}
