import { Failure } from '../core/failure.ts';
import { operateSite } from '../operator/site.ts';
import type { OperatedSite } from '../operator/site.ts';
import type { Answer, CliContext } from './context.ts';

/** `serve` in two processes: this one acts on hosts, the other one has to do with the web and no rights to anything. */
export async function serveApart(
  context: CliContext,
  dir: string,
  { port, host }: { readonly port?: number; readonly host?: string },
): Promise<Answer> {
  let end = (): void => undefined;
  const serving = await operateSite(dir, {
    ...{ port, host },
    report: (error) => {
      context.progress(`trunkline: ${error.message}`);
    },
    onGivenUp: (failure) => {
      context.progress(`trunkline: ${failure.message}: ${failure.detail ?? ''}`);
      process.exitCode = 1;
      end();
    },
  });
  end = closeOnSignal(context, serving);
  const link = await serving.newLink();
  const text = `Serving ${dir} on ${serving.url}\nOpen this link, it works once:\n\n  ${link}\n`;
  return { document: { url: serving.url, link }, text, exitCode: 0 };
}

/** What is being made on hosts is brought to its end first; whoever cannot wait says so again. */
function closeOnSignal(context: CliContext, serving: OperatedSite): () => void {
  let closing = false;
  const close = (): void => {
    if (closing) {
      context.progress('trunkline: ended at once; what was being made on hosts is undone there, or by the next run');
      process.exit(1);
    }
    closing = true;
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
