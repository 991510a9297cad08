/** One small edit of a plan's JSON, as somebody would make it in the file. */
import type { ShownPlan, ShownStep } from '../../../server/flow/plan.ts';
import { pick } from './spoiled.ts';

interface Edited {
  readonly changed: ShownPlan;
  readonly what: string;
}

type Edit = (
  steps: readonly ShownStep[],
  random: () => number,
) => { readonly steps: readonly ShownStep[]; readonly what: string } | null;

/** A step with commands, and its place. */
function someStep(steps: readonly ShownStep[], random: () => number): readonly [ShownStep, number] | null {
  const places = steps.flatMap((step, place) => (step.commands.length > 0 ? [[step, place] as const] : []));
  return places.length === 0 ? null : pick(random, places);
}

function replaced(steps: readonly ShownStep[], place: number, step: ShownStep): readonly ShownStep[] {
  return steps.map((each, index) => (index === place ? step : each));
}

/** A word of a command, in the way that hurts: another device, address, port, value. */
function otherWord(text: string): string {
  return /\d/.test(text) ? text.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)) : `${text}x`;
}

const editCommand =
  (part: 'commands' | 'undo'): Edit =>
  (steps, random) => {
    const places = steps.flatMap((step, place) => (step[part].length > 0 ? [[step, place] as const] : []));
    if (places.length === 0) return null;
    const [step, place] = pick(random, places);
    const at = Math.floor(random() * step[part].length);
    const list = step[part].map((command, index) => {
      if (index !== at) return command;
      if (command.stdin !== null && random() < 0.7) return { ...command, stdin: otherWord(command.stdin) };
      const word = Math.floor(random() * command.argv.length);
      return { ...command, argv: command.argv.map((each, index) => (index === word ? otherWord(each) : each)) };
    });
    return { steps: replaced(steps, place, { ...step, [part]: list }), what: `${part} of ${step.id} edited` };
  };

const EDITS: readonly Edit[] = [
  editCommand('commands'),
  editCommand('commands'),
  editCommand('undo'),
  (steps, random) => {
    const found = someStep(steps, random);
    if (found === null) return null;
    const [step, place] = found;
    const more = { argv: ['ip', 'link', 'set', 'dev', 'lo', 'down'], stdin: null };
    return {
      steps: replaced(steps, place, { ...step, commands: [...step.commands, more] }),
      what: `a command more in ${step.id}`,
    };
  },
  (steps, random) => {
    const found = someStep(steps, random);
    return found === null
      ? null
      : { steps: steps.filter((_, index) => index !== found[1]), what: `without ${found[0].id}` };
  },
  (steps) => {
    const [first, second, ...rest] = steps;
    return first === undefined || second === undefined
      ? null
      : { steps: [second, first, ...rest], what: 'two steps the other way round' };
  },
];

export function editPlan(plan: ShownPlan, random: () => number): Edited {
  const [host, ...others] = plan.hosts;
  if (host === undefined) throw new Error('a plan of no hosts');
  const edited = random() < 0.15 ? null : pick(random, EDITS)(host.steps, random);
  if (edited === null) {
    const fingerprint = otherWord(host.fingerprint);
    return { changed: { ...plan, hosts: [{ ...host, fingerprint }, ...others] }, what: 'another fingerprint' };
  }
  return { changed: { ...plan, hosts: [{ ...host, steps: edited.steps }, ...others] }, what: edited.what };
}
