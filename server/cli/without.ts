import type { Command } from 'commander';

export interface WithoutOption {
  readonly without?: readonly string[];
}

/** For verbs that plan. */
export function takesWithout(command: Command): Command {
  return command.option(
    '--without <host>',
    'this host is lost: start its protected guests on others, and ask nothing of it (may be repeated)',
    (host: string, before?: readonly string[]) => [...(before ?? []), host],
  );
}
