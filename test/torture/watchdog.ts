import { JOURNAL_SCRIPT } from '../../server/run/journal-script.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import { endWatchdogs } from '../support/window.ts';
import type { Mutant, Rig, TortureRow } from './row.ts';
import { randomFrom } from './support/spoiled.ts';
import { SCENARIOS, withScript } from './support/watched.ts';

function openRig(script = JOURNAL_SCRIPT): Promise<Rig> {
  return Promise.resolve({
    async one(seed) {
      const host = await openHostNamespace('here');
      try {
        const scenario = SCENARIOS[(seed - 1) % SCENARIOS.length];
        if (scenario === undefined) throw new Error('there is none');
        const connection = script === JOURNAL_SCRIPT ? host.connection : withScript(host.connection, script);
        return await scenario({ host, connection, run: `run-${String(seed)}`, random: randomFrom(seed) });
      } finally {
        // Those of a planted fault do not end by themselves.
        await endWatchdogs(host, `run-${String(seed)}`);
        await host.close();
      }
    },
    close: () => Promise.resolve(),
  });
}

/** One text of the script for another. */
function mutant(name: string, text: string, instead: string): Mutant {
  return {
    name,
    within: SCENARIOS.length,
    open: () => {
      if (!JOURNAL_SCRIPT.includes(text)) throw new Error(`not in the script: ${text}`);
      return openRig(JOURNAL_SCRIPT.replaceAll(text, () => instead));
    },
  };
}

export const watchdog: TortureRow = {
  invariant: 'I5',
  promise:
    'a run ends in exactly one way on its host: confirmed in time it is kept, else undone whole, last batch first, by the host itself',
  unit: 'runs that are confirmed, left alone, raced for, kept at the last moment, killed while they are undone, or kept waiting',
  target: 1750,
  inCi: SCENARIOS.length,
  open: () => openRig(),
  mutants: [
    mutant('a deadline that nobody looks at', 'left=$((last - $(now)))', 'left=500'),
    mutant('a deadline that is over at once', 'left=$((last - $(now)))', 'left=0'),
    mutant('a deadline that is never moved', 'put "$base/holding-$id/deadline" $until', 'true'),
    mutant('an undo that leaves out what was begun last', '"$after" -le "$begun"', '"$after" -lt "$begun"'),
    mutant('an undo of what was never begun', '[ "$after" -le "$begun" ] || continue', ''),
    mutant('an undo that stops after its first program', '9>&-) ||', '9>&-); return 0 ||'),
    mutant('input from the wrong place', '$((offset + 1))', '$((offset + 2))'),
    mutant(
      'keeping that lets undoing go on',
      'mv -T "$base/run" "$base/$1-$id" 2>/dev/null || { forget_prepared; tell_end; exit 3; }',
      'cp -r "$base/run" "$base/$1-$id"',
    ),
    mutant('confirming what is still written', '[ "$(word "$base/run/state")" = ready ]', 'true'),
    mutant('a second run in the place of the first', '"$(word "$other/id")" != "$over"', '"" != ""'),
    mutant('an undo of whichever run is there', '{ is_ours "$base/run" && mv', '{ mv'),
    mutant('an undo that nobody takes over', 'alive "$1" "$2" || break', 'true'),
    mutant('a program that is left to go on', 'end_process "$u/program"', 'true'),
    mutant('a watchdog that is not ended with keeping', 'end_watchdog "$base/$1-$id"', 'true'),
    mutant('a watchdog that is not ended with undoing', 'end_watchdog "$u"', 'true'),
    mutant('a lock that is not waited for', 'flock -w 10 9', 'true'),
    mutant('an end that is not written down', 'note_end undone', ':'),
  ],
};
