import { createInterface } from 'node:readline';
import { InvalidArgumentError, Option } from 'commander';
import type { LogLevel } from '../api/log.ts';
import { LOG_LEVELS } from '../api/log.ts';
import type { Serving } from '../api/serve.ts';
import { serve } from '../api/serve.ts';
import { Failure } from '../core/failure.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
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
 * `serve [DIR] [--port N]`: the answer is the link, printed at once (where there are users, the address: they sign in); the server runs on until it is interrupted. On a
 * terminal `r` and Enter print a further link.
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
  const { log, logLevel, proxy, ...where } = options;
  const serving = await serve(dir, {
    ...where,
    log: await openLog(log, logLevel),
    ...(proxy === undefined ? {} : { proxies: proxy }),
    report: (failure) => {
      context.progress(`trunkline: ${failure.stack ?? failure.message}`);
    },
  });
  const stopAsking = offerLinks(context, serving);
  closeOnSignal(serving, stopAsking);
  if (serving.signsIn) {
    const text = `Serving ${dir} on ${serving.url}\nWho was added by \`trunkline user add\` signs in there.\n`;
    return { document: { url: serving.url, link: null }, text, exitCode: 0 };
  }
  const link = serving.newLink();
  const text = `Serving ${dir} on ${serving.url}\nOpen this link, it works once:\n\n  ${link}\n`;
  return { document: { url: serving.url, link }, text, exitCode: 0 };
}

/** `r` and Enter on the terminal: a link for a second browser, or for one that lost its session. */
function offerLinks(context: CliContext, serving: Serving): () => void {
  if (!process.stdin.isTTY || context.json || serving.signsIn) return () => undefined;
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line.trim() === 'r') process.stdout.write(`\n  ${serving.newLink()}\n`);
  });
  return () => {
    lines.close();
  };
}

function closeOnSignal(serving: Serving, stopAsking: () => void): void {
  let closing = false;
  const close = (): void => {
    if (closing) return;
    closing = true;
    stopAsking();
    serving.close().catch((cause: unknown) => {
      throw new Failure('internal', 'The server did not close.', { cause });
    });
  };
  process.on('SIGINT', close);
  process.on('SIGTERM', close);
}
