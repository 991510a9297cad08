import { createInterface } from 'node:readline';
import { InvalidArgumentError, Option } from 'commander';
import type { LogLevel } from '../api/log-levels.ts';
import { LOG_LEVELS } from '../api/log-levels.ts';
import { Failure } from '../core/failure.ts';
import { operateSite } from '../operator/site.ts';
import type { OperatedSite } from '../operator/site.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { endOnSignals } from './serve-end.ts';
import type { Ending } from './serve-end.ts';
import { openLog } from './serve-log.ts';

interface ServeVerbOptions {
  readonly port?: number;
  readonly host?: string;
  readonly log?: string;
  readonly logLevel?: LogLevel;
  readonly origin?: string;
  readonly proxy?: readonly string[];
}

/**
 * `serve [DIR] [--port N]`: the answer is the link, printed at once (where there are users, the address: they sign in); the server
 * runs on until it is interrupted. On a terminal `r` and Enter print a further link. There are two processes: this one acts on hosts,
 * the other one has to do with the web and no rights to anything.
 */
export const declareServe: DeclareVerb = (command, answer) => {
  command
    .argument('[dir]', 'folder with topology files, directly in it or one level below', '.')
    .option('--port <port>', 'port on 127.0.0.1; 0 takes any free one (default: 7340, or a free one)', readPort)
    .option('--host <address>', 'address to listen on; another than 127.0.0.1 only with --origin and users')
    .option('--origin <url>', 'https://NAME: where it is opened, by a proxy with TLS that stands before it')
    .option('--proxy <address...>', 'only these may connect, and are believed about whom they ask for')
    .option('--log <file>', 'write down each request there, one JSON object a line; - is stderr')
    .addOption(
      new Option('--log-level <level>', 'with --log: what is written down').choices(LOG_LEVELS).default('info'),
    )
    .option('--json', 'print one JSON document')
    .action(answer((context: CliContext, dir: string, options: ServeVerbOptions) => start(context, dir, options)));
};

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('It is a number from 0 to 65535.');
  return port;
}

async function start(context: CliContext, dir: string, options: ServeVerbOptions): Promise<Answer> {
  // Before anything is begun: whenever it is told to, both processes end, and nothing is left of them.
  const ending = endOnSignals(context);
  try {
    const serving = await open(context, dir, options, ending);
    ending.onEnd(() => serving.close());
    const stopAsking = offerLinks(context, serving);
    ending.onEnd(stopAsking);
    return await told(dir, serving);
  } catch (error) {
    await ending.over();
    if (!ending.signal.aborted) throw error;
    return { document: { url: null, link: null }, text: '', exitCode: 0 };
  }
}

async function open(
  context: CliContext,
  dir: string,
  { log: to, logLevel: level, proxy: proxies, ...where }: ServeVerbOptions,
  ending: Ending,
): Promise<OperatedSite> {
  const log = await openLog(to);
  if (log !== undefined) ending.onEnd(() => log.close());
  const serving = await operateSite(dir, {
    ...where,
    proxies,
    log: log === undefined ? undefined : { fd: log.fd, level },
    signal: ending.signal,
    report: (error) => {
      context.progress(`trunkline: ${error instanceof Failure ? error.message : (error.stack ?? error.message)}`);
    },
    onRestarted: () => {
      if (serving.signsIn) return;
      // A link that was not used is good no more.
      void serving.newLink().then((link) => {
        context.progress(
          `The page is served again on ${serving.url}. A new link, where none was used yet:\n\n  ${link}\n`,
        );
      }, nothing);
    },
    onGivenUp: (failure) => {
      context.progress(`trunkline: ${failure.message}: ${failure.detail ?? ''}`);
      ending.end(1);
    },
  });
  return serving;
}

async function told(dir: string, serving: OperatedSite): Promise<Answer> {
  const { url, signsIn } = serving;
  if (signsIn) {
    const text = `Serving ${dir} on ${url}\nWho was added by \`trunkline user add\` signs in there.\n`;
    return { document: { url, link: null }, text, exitCode: 0 };
  }
  const link = await serving.newLink();
  const text = `Serving ${dir} on ${url}\nOpen this link, it works once:\n\n  ${link}\n`;
  return { document: { url, link }, text, exitCode: 0 };
}

/** `r` and Enter on the terminal: a link for a second browser, or for one that lost its session. */
function offerLinks(context: CliContext, serving: OperatedSite): () => void {
  if (!process.stdin.isTTY || context.json || serving.signsIn) return nothing;
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line.trim() !== 'r') return;
    serving.newLink().then(
      (link) => process.stdout.write(`\n  ${link}\n`),
      (error: unknown) => {
        context.progress(`trunkline: ${error instanceof Error ? error.message : String(error)}`);
      },
    );
  });
  return () => {
    lines.close();
  };
}

function nothing(): void {
  return undefined;
}
