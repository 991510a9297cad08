/** The two guests that packets are between: each takes the end that the plan made for it. */
import { execFileSync } from 'node:child_process';
import type { Model } from '../../../server/flow/model.ts';
import { scratchNamespaces } from '../../kernel/support/scratch.ts';
import type { HostNamespace } from '../../support/host-namespace.ts';
import { CLIENT, SERVER } from './topologies.ts';

export interface Ends {
  /** What runs a program in them. */
  readonly client: readonly string[];
  readonly server: readonly string[];
  readonly close: () => void;
}

/** @param model one that the host has. */
export function attachEnds(host: HostNamespace, model: Model): Ends {
  const scratch = scratchNamespaces();
  const attach = (name: string): readonly string[] => {
    const nic = model.guests.get(name)?.nics[0];
    if (nic === undefined) throw new Error(`no guest ${name}`);
    const namespace = scratch.add(`tl-mixed-${name}`);
    // In the host's network, with the names of namespaces that the machine has.
    const [file = '', ...words] = host.prefix;
    const target = words.slice(0, words.indexOf('--target') + 2);
    const move = ['ip', 'link', 'set', 'dev', nic.device, 'netns', namespace, 'name', 'eth0'];
    execFileSync(file, [...target, '--net', '--', ...move]);
    scratch.run(namespace, ['ip', 'link', 'set', 'dev', 'eth0', 'up']);
    for (const address of nic.addresses) scratch.run(namespace, ['ip', 'addr', 'add', address, 'dev', 'eth0']);
    for (const via of nic.defaultVia) scratch.run(namespace, ['ip', 'route', 'add', 'default', 'via', via]);
    return ['ip', 'netns', 'exec', namespace];
  };
  const close = (): void => {
    scratch.remove();
  };
  try {
    return { client: attach(CLIENT.name), server: attach(SERVER.name), close };
  } catch (error) {
    close();
    throw error;
  }
}
