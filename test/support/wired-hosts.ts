import type { HostConnection } from '../../server/host/connection.ts';
import { openHostNamespace } from './host-namespace.ts';
import type { HostNamespace } from './host-namespace.ts';

/** Hosts of a test with one wire between them: the `eno1` of each. */
export interface WiredHosts {
  readonly hosts: ReadonlyMap<string, HostNamespace>;
  readonly host: (name: string) => HostNamespace;
  readonly connectionOf: (host: { readonly name: string }) => HostConnection;
  readonly close: () => Promise<void>;
}

export async function openWiredHosts(names: readonly string[]): Promise<WiredHosts> {
  const wire = await openHostNamespace('wire');
  await wire.run('sh', '-ec', 'ip link add name wire type bridge mcast_snooping 0; ip link set dev wire up');
  const hosts = new Map<string, HostNamespace>();
  for (const name of names) {
    const host = await openHostNamespace(name);
    hosts.set(name, host);
    await host.run('sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0');
    const [, , pid = ''] = wire.prefix;
    await host.run('ip', 'link', 'add', 'name', 'eno1', 'type', 'veth', 'peer', 'name', `to-${name}`, 'netns', pid);
    await wire.run('ip', 'link', 'set', 'dev', `to-${name}`, 'master', 'wire', 'up');
    await host.run('ip', 'link', 'set', 'dev', 'eno1', 'up');
  }
  const host = (name: string): HostNamespace => {
    const found = hosts.get(name);
    if (found === undefined) throw new Error(`no host ${name}`);
    return found;
  };
  return {
    hosts,
    host,
    connectionOf: ({ name }) => host(name).connection,
    async close() {
      for (const each of [...hosts.values(), wire]) await each.close();
    },
  };
}
