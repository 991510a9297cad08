/**
 * The command `trunkline` as a picture of a process that has loaded it already (`node --build-snapshot`), for the verbs that
 * people wait for: what they need is there when the process begins, compiled, and not read, linked and set up again each time.
 *
 * What is evaluated here is evaluated once, by the build. Nothing of the build's own process may stay in the picture, so while
 * it is taken, whoever asks for the environment, the folder, the arguments or the streams is an error (`strictly.ts`).
 */
import { startupSnapshot } from 'node:v8';
import { pathToFileURL } from 'node:url';
import { endStrictness } from './strictly.ts';
import '../../server/cli/apply.ts';
import '../../server/cli/check.ts';
import '../../server/cli/confirm.ts';
import '../../server/cli/destroy.ts';
import '../../server/cli/plan.ts';
import '../../server/cli/rollback.ts';
import '../../server/cli/status.ts';
import { runCommandLine } from '../../server/cli/command-line.ts';
import { useOnce } from './example.ts';

/** These verbs are done when they have answered: taking the heap down object by object would be waited for, and for nothing. */
function endAtOnce(): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
}

useOnce();
endStrictness();
startupSnapshot.setDeserializeMainFunction(() => {
  // Stands for `import.meta.url` (`build.ts`): the bundle, whose folder it is in.
  Object.assign(globalThis, { trunklineUrl: pathToFileURL(process.argv[1] ?? '').href });
  void runCommandLine(process.argv.slice(2)).then(endAtOnce);
});
