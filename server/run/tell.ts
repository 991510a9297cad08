import type { HostStage, RunContext } from './context.ts';

/** Tells of a host's stage whoever looks at all hosts at once; others get it as a line, where there is one for it. */
export function tell({ at, progress }: RunContext, host: string, stage: HostStage, line?: string): void {
  if (at !== undefined) at(host, stage, line);
  else if (line !== undefined) progress?.(`${host}: ${line}`);
}
