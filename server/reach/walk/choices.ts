/** Where several things may happen, each is tried: a run is told which to take, and says how many there were. */

export interface Choices {
  readonly script: readonly number[];
  readonly counts: number[];
}

const MOST_RUNS = 16;

/** Of `count` possibilities the one that this run is to take. */
export function choose(choices: Choices, count: number): number {
  const at = choices.counts.length;
  choices.counts.push(count);
  return choices.script[at] ?? 0;
}

/** Runs once for each combination; `false` where there are too many of them. */
export function everyChoice(run: (choices: Choices) => void): boolean {
  let script: readonly number[] = [];
  for (let runs = 0; runs < MOST_RUNS; runs += 1) {
    const choices: Choices = { script, counts: [] };
    run(choices);
    const next = nextScript(choices);
    if (next === null) return true;
    script = next;
  }
  return false;
}

/** The last choice that has another possibility takes it; `null` where none has. */
function nextScript({ script, counts }: Choices): readonly number[] | null {
  for (let at = counts.length - 1; at >= 0; at -= 1) {
    const taken = script[at] ?? 0;
    if (taken + 1 < (counts[at] ?? 1)) return [...counts.slice(0, at).map((_, index) => script[index] ?? 0), taken + 1];
  }
  return null;
}
