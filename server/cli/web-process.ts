import type { DeclareVerb } from './context.ts';

/** What `serve` starts beside itself; nobody types it. */
export const declareWebProcess: DeclareVerb = (command) => {
  command.action(async () => {
    const { runWebProcess } = await import('../api/web-process.ts');
    await runWebProcess((error) => {
      process.stderr.write(`trunkline: ${error.stack ?? error.message}\n`);
    });
  });
};
