import { Failure } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';
import type { Model } from '../flow/model.ts';
import type { ProbePlan } from '../flow/probe.ts';
import type { World } from '../flow/world.ts';
import { ask, parseAsked, questionPlan } from '../run/ask.ts';
import { askMany, manyPlan, parseTarget } from '../run/questions.ts';
import { foundWorld, readHosts, wantedWorld } from '../run/worlds.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { readingConnectionsFor } from '../operator/hosts.ts';
import { flowReport } from '../run/reports/flow.ts';
import type { Circumstances } from '../run/reports/reach-many.ts';
import { manyAnswer } from '../run/reports/reach-many.ts';
import type { Ends, ReachOptions } from './reach-options.ts';
import { reachThere } from './remote/reports.ts';
import { hereOrThere, takesServer } from './remote/where.ts';
import { trafficLines } from '../run/reports/traffic.ts';
import { takesSettings, withModel } from './topology-argument.ts';

export const declareReach: DeclareVerb = (command, answer) => {
  takesServer(takesSettings(command))
    .usage('[FILE] FROM TO:PORT/PROTO [options], or [FILE] --to TO[:PORT/PROTO], or [FILE] --from FROM')
    .argument(
      '[words...]',
      'topology file (may be left out), sender, and receiver: web1 db1:5432/tcp, internet gw/icmp',
    )
    .option('--json', 'print one JSON document')
    .option('--to <end>', 'who can reach it: web1, db1:5432/tcp, 192.0.2.10:443/tcp')
    .option('--from <end>', 'what it can reach; with internet: what is exposed')
    .option('--live', 'on the hosts as they are now, instead of as the file wants them')
    .option('--snapshot <dir...>', 'on the hosts as these snapshots show them, without contact')
    .option('--against <dir...>', 'with --snapshot: what is opened and closed since these snapshots of the same hosts')
    .option('--lab', "with --live: the running lab's hosts")
    .option('--without <host>', 'with this host down (may be repeated)', (host: string, before?: readonly string[]) => [
      ...(before ?? []),
      host,
    ])
    .action(
      answer((_context: CliContext, words: readonly string[], options: ReachOptions) =>
        hereOrThere(
          options,
          () => reach(words, options),
          (there) => reachThere(there, endsOf(words, options), options),
        ),
      ),
    );
};

function reach(words: readonly string[], options: ReachOptions): Promise<Answer> {
  if (options.against !== undefined) return reachAgainst(words, options);
  if (options.from !== undefined || options.to !== undefined) return reachMany(words, options);
  const { file, from = '', to = '' } = endsOf(words, options);
  const asked = parseAsked(from, to);
  return withModel(file, options, async (model) => {
    const plan = questionPlan(model, asked);
    const world = await worldFor(model, plan, options);
    return flowReport(model, { from, to }, ask(world, plan), circumstancesOf(options));
  });
}

/** What the words of the command line are: FILE FROM TO, or FILE alone where an end is an option. */
function endsOf(words: readonly string[], options: ReachOptions): Ends {
  if (options.from !== undefined || options.to !== undefined) {
    const [file, ...more] = words;
    if (more.length > 0) throw new Failure('usage', 'Ends are written once', { detail: USAGE });
    return { file, from: options.from, to: options.to, many: true };
  }
  const [to, from, file, ...more] = words.toReversed();
  if (to === undefined || from === undefined || more.length > 0)
    throw new Failure('usage', 'It takes two ends', { detail: USAGE });
  return { file, from, to, many: false };
}

function circumstancesOf({ live, snapshot, without = [] }: ReachOptions): Circumstances {
  return { state: snapshot !== undefined ? 'snapshot' : live === true ? 'live' : 'file', without };
}

const USAGE = `trunkline reach [FILE] FROM TO:PORT/PROTO for one flow, with every hop;
trunkline reach [FILE] --to TO for all who can reach it, --from FROM for all that it can reach.`;

function reachMany(words: readonly string[], options: ReachOptions): Promise<Answer> {
  const { file } = endsOf(words, options);
  const asked = {
    from: options.from ?? null,
    to: options.to === undefined ? null : parseTarget(options.to),
  };
  return withModel(file, options, async (model) => {
    const world = await worldFor(model, manyPlan(model), options);
    return manyAnswer(model, asked, askMany(model, world, asked), circumstancesOf(options));
  });
}

async function reachAgainst(words: readonly string[], options: ReachOptions): Promise<Answer> {
  const { snapshot = [], against = [] } = options;
  const [file, ...more] = words;
  if (snapshot.length === 0 || more.length > 0)
    throw new Failure('usage', '--against compares snapshots', {
      detail: 'trunkline reach [FILE] --snapshot NEW --against OLD, each one folder or several, of the same hosts.',
    });
  const { recordedIn } = await import('./audit.ts');
  const { changesBetween } = await import('../run/recorded-changes.ts');
  const [former, hosts] = [await recordedIn(against), await recordedIn(snapshot)];
  const answer = (model: Model | null): Answer => {
    const reachability = changesBetween(former, hosts, model);
    return {
      document: { topology: model?.topology ?? null, hosts: hosts.map(({ name }) => name), reachability },
      text: trafficLines(reachability, true).map(visibleText).join('\n'),
      exitCode: 0,
    };
  };
  return file === undefined ? answer(null) : withModel(file, options, (model) => Promise.resolve(answer(model)));
}

async function worldFor(model: Model, plan: ProbePlan, options: ReachOptions): Promise<World> {
  const { without = [], live = false, lab = false } = options;
  const unknown = without.find((host) => !model.hosts.has(host));
  if (unknown !== undefined)
    throw new Failure('usage', `No host ${JSON.stringify(unknown)} in ${model.topology}`, {
      detail: `It has: ${[...model.hosts.keys()].join(', ')}.`,
    });
  if (lab && !live) throw new Failure('usage', '--lab needs --live', { detail: 'Without it no host is looked at.' });
  if (options.snapshot !== undefined) {
    const { recordedIn } = await import('./audit.ts');
    const { foundHost } = await import('../run/audited.ts');
    const hosts = await recordedIn(options.snapshot);
    return foundWorld(model, hosts.map(foundHost), { plan, without });
  }
  if (!live) return wantedWorld(model, { plan, without });
  const views = await readHosts(model, await readingConnectionsFor(model, options));
  return foundWorld(model, views, { plan, without });
}
