/** Here or on a server: the one place where a verb decides it. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { Failure } from '../../core/failure.ts';
import type { Answer, AnswerWith } from '../context.ts';
import type { There } from './server.ts';

export interface ServerOption {
  readonly server?: string;
}

/** For verbs that a server can answer as well. */
export function takesServer(command: Command): Command {
  return command.option('--server <url>', 'ask this server instead of acting here (default: $TRUNKLINE_SERVER)');
}

/** `there` where `--server` or `TRUNKLINE_SERVER` names one: nothing of this machine is looked at then, `here` otherwise. */
export async function hereOrThere(
  options: ServerOption,
  here: () => Promise<Answer>,
  there: (there: There) => Promise<Answer>,
): Promise<Answer> {
  const url = serverNamed(options);
  if (url === '') return here();
  const { askServer } = await import('./server.ts');
  return there(await askServer(url));
}

function serverNamed({ server }: ServerOption): string {
  return server ?? process.env['TRUNKLINE_SERVER'] ?? '';
}

type Others = Readonly<Record<string, unknown>>;

interface OnlyHere {
  /** What it would do here, whoever meant the server. */
  readonly why: string;
  /** Where the environment is not looked at: nothing but files of this machine is read, which nobody can mean otherwise. */
  readonly filesOnly?: (options: Others) => boolean;
}

/**
 * Verbs that work here only, and refuse while a server is named, in the environment too: who has told this shell to talk to a
 * server must not change or read this machine's hosts by accident. `fmt`, `schema` and `serve` do not look: they work on files that
 * are named, or are the server.
 */
const ONLY_HERE: ReadonlyMap<string, OnlyHere> = new Map<string, OnlyHere>([
  ['destroy', { why: 'It would remove the topology from hosts as this machine reaches them, not as the server does.' }],
  [
    'import',
    {
      why: 'It would read a host as this machine reaches it: what is called so here may be another machine there.',
      filesOnly: ({ snapshot }) => snapshot !== undefined,
    },
  ],
  [
    'snapshot',
    {
      why: 'It would record a host as this machine reaches it: what is called so here may be another machine there.',
      filesOnly: ({ script }) => script === true,
    },
  ],
  [
    'trust',
    {
      why: 'It would say whose key this user trusts on this machine, which the server knows nothing of: it has its own.',
    },
  ],
  [
    'lab',
    {
      why: 'It would be a lab of this machine, and --lab of plan and apply means the lab of the server\u2019s machine.',
    },
  ],
  ['user', { why: 'It would say who may sign in at the server of this machine.' }],
]);

/** The same `answer` for a verb that a server may answer; for the others one that refuses while a server is named. */
export function answerHere(verb: string, answer: AnswerWith): AnswerWith {
  const only = ONLY_HERE.get(verb);
  if (only === undefined) return answer;
  return (handler) =>
    answer((context, ...parameters) => {
      const words: readonly unknown[] = parameters;
      const options: ServerOption & Others = (words.at(-1) as Command).optsWithGlobals();
      refuseServer(verb, only, options);
      return handler(context, ...parameters);
    });
}

/** `--server` is known to such a verb and what is below it, so that it can say why not. */
export function hideServer(verb: string, command: Command): void {
  if (!ONLY_HERE.has(verb)) return;
  command.addOption(new Option('--server <url>', 'not for this verb').hideHelp());
  for (const each of command.commands) hideServer(verb, each);
}

function refuseServer(verb: string, { why, filesOnly }: OnlyHere, options: ServerOption & Others): void {
  if (serverNamed(options) === '') return;
  const told = options.server !== undefined;
  if (!told && filesOnly?.(options) === true) return;
  throw new Failure('usage', `${verb} cannot be asked of a server`, {
    detail: why,
    toDo: [
      told
        ? 'Leave --server out where it is meant for this machine, or log in to the machine of the server.'
        : `TRUNKLINE_SERVER is set. Where it is meant for this machine: TRUNKLINE_SERVER= trunkline ${verb} …`,
    ],
  });
}
