import { createInterface } from 'node:readline';
import { InvalidArgumentError } from 'commander';
import { Failure } from '../core/failure.ts';
import { operateSite } from '../operator/site.ts';
import type { OperatedSite } from '../operator/site.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';

interface ServeVerbOptions {
  readonly port?: number;
  readonly host?: string;
}

/**
 * `serve [DIR] [--port N]`: the answer is the link, printed at once; the server runs on until it is interrupted. On a
 * terminal `r` and Enter print a further link.
 */
export const declareServe: DeclareVerb = (command, answer) => {
  command
    .argument('[dir]', 'folder with topology files, directly in it or one level below', '.')
    .option('--port <port>', 'port on 127.0.0.1; 0 takes any free one (default: 7340, or a free one)', readPort)
    .option('--host <address>', 'address to listen on: 127.0.0.1 is the only one')
    .option('--json', 'print one JSON document')
    .action(answer((context: CliContext, dir: string, options: ServeVerbOptions) => start(context, dir, options)));
};

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('It is a number from 0 to 65535.');
  return port;
}

async function start(context: CliContext, dir: string, options: ServeVerbOptions): Promise<Answer> {
  const serving = await operateSite(dir, {
    ...options,
    report: (failure) => {
      context.progress(
        `trunkline: ${failure instanceof Failure ? failure.message : (failure.stack ?? failure.message)}`,
      );
    },
    onGivenUp: (failure) => {
      context.progress(`trunkline: ${failure.message}: ${failure.detail ?? ''}`);
      process.exitCode = 1;
      close();
    },
  });
  const stopAsking = offerLinks(context, serving);
  const close = closeOnSignal(context, serving, stopAsking);
  const link = await serving.newLink();
  const text = `Serving ${dir} on ${serving.url}\nOpen this link, it works once:\n\n  ${link}\n`;
  return { document: { url: serving.url, link }, text, exitCode: 0 };
}

/** `r` and Enter on the terminal: a link for a second browser, or for one that lost its session. */
function offerLinks(context: CliContext, serving: OperatedSite): () => void {
  if (!process.stdin.isTTY || context.json) return () => undefined;
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line.trim() === 'r') void serving.newLink().then((link) => process.stdout.write(`\n  ${link}\n`));
  });
  return () => {
    lines.close();
  };
}

/** What is being made on hosts is brought to its end first; whoever cannot wait says so again. */
function closeOnSignal(context: CliContext, serving: OperatedSite, stopAsking: () => void): () => void {
  let closing = false;
  const close = (): void => {
    if (closing) {
      context.progress('trunkline: ended at once; what was being made on hosts is undone there, or by the next run');
      process.exit(1);
    }
    closing = true;
    stopAsking();
    serving.close().then(
      () => {
        process.off('SIGINT', close);
        process.off('SIGTERM', close);
      },
      (cause: unknown) => {
        throw new Failure('internal', 'The server did not close.', { cause });
      },
    );
  };
  process.on('SIGINT', close);
  process.on('SIGTERM', close);
  return close;
}
