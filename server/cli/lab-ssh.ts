/** How the hosts of a lab are reached over ssh, as `lab up` and `lab list` show it. */
import { sshFiles } from '../lab/index.ts';
import type { Lab } from '../lab/index.ts';

export interface ShownSsh {
  /** An ssh_config(5) with every host by its name. */
  readonly config: string;
}

export function shownSsh({ ssh, folder }: Lab): ShownSsh | null {
  return ssh ? { config: sshFiles(folder).config } : null;
}

export function sshLine({ config }: ShownSsh): string {
  return `hosts over ssh: ssh -F ${config} HOST`;
}
