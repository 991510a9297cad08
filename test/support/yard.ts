/**
 * A server with a gateway in its own network stack, and beside it what a container engine makes: a bridge with a container whose
 * port is published, in tables of its own. Around it `internet` on the cable, and the guests that take the ends made for them.
 */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import type { Model } from '../../server/flow/model.ts';
import type { TestNode } from '../kernel/support/node.ts';
import { startNode } from '../kernel/support/node.ts';
import { scratchNamespaces } from '../kernel/support/scratch.ts';
import type { Scratch } from '../kernel/support/scratch.ts';
import { startServers } from './flows/talk.ts';
import { openHostNamespace } from './host-namespace.ts';
import type { HostNamespace } from './host-namespace.ts';
import { modelOf } from './topologies.ts';

export interface Yard {
  readonly host: HostNamespace;
  readonly scratch: Scratch;
  readonly server: TestNode;
  readonly internet: TestNode;
  readonly container: TestNode;
  /** Takes the free ends that the plan made for the guests. */
  attach(model: Model): Promise<ReadonlyMap<string, TestNode>>;
  /** Servers of `talk.py` on the host itself. */
  serve(name: string, ports: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

export function yardModel(change: (text: string) => string = (text) => text): Model {
  return modelOf(change(readFileSync(new URL('host-gateway.yaml', import.meta.url), 'utf8')));
}

const WITHOUT_DAD = ['sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0'];

/** As a container engine leaves a host: forwarding on, an address translation each way, nothing else let in. */
const ENGINE = `
set -e
ip link add docker0 type bridge
ip addr add 172.17.0.1/16 dev docker0
ip link set docker0 up
ip link add virbr0 type bridge
ip addr add 192.168.122.1/24 dev virbr0
ip link set virbr0 up
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=1
nft -f - <<'N'
table ip nat {
	chain PREROUTING {
		type nat hook prerouting priority dstnat; policy accept;
		ip daddr 198.51.100.10 tcp dport 8080 dnat to 172.17.0.2:80
	}
	chain POSTROUTING {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr 172.17.0.0/16 oifname != "docker0" masquerade
	}
}
table ip filter {
	chain FORWARD {
		type filter hook forward priority filter; policy accept;
		ct state established accept
		iifname != "docker0" oifname "docker0" ct status dnat accept
	}
}
N
`;

/** @param bridged whether what is only switched in a bridge passes the firewall too (br_netfilter). */
export async function buildYard(bridged: boolean): Promise<Yard> {
  const host = await openHostNamespace('server');
  const scratch = scratchNamespaces();
  const children: ChildProcess[] = [];
  const inHost: Scratch = {
    ...scratch,
    start(_namespace, argv) {
      const [file = '', ...args] = [...host.prefix, ...argv];
      const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      children.push(child);
      return child;
    },
  };
  const node = async (name: string): Promise<TestNode> => {
    const namespace = scratch.add(`tl-yard-${name.slice(0, 9)}`);
    scratch.run(namespace, WITHOUT_DAD);
    return startNode(scratch, namespace, name);
  };
  /** In the host's network, with the names of namespaces that the machine has. */
  const wire = (...args: readonly string[]): void => {
    const [file = '', ...words] = host.prefix;
    const target = words.slice(0, words.indexOf('--target') + 2);
    execFileSync(file, [...target, '--net', '--', 'ip', 'link', ...args]);
  };

  await host.run(...WITHOUT_DAD);
  await host.run('sh', '-c', ENGINE);
  await host.run(
    'sh',
    '-c',
    `for each in /proc/sys/net/bridge/bridge-nf-call-ip*tables; do echo ${bridged ? '1' : '0'} >$each; done`,
  );
  const [internet, container] = [await node('internet'), await node('container')];
  for (const [device, { namespace }] of [
    ['eno1', internet],
    ['veth-c', container],
  ] as const)
    wire('add', 'name', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
  await host.run('sh', '-c', 'ip link set eno1 up; ip link set veth-c master docker0 up');
  const internetAddresses = ['198.51.100.9/29', '203.0.113.9/32', '2001:db8:f::1/64', '2001:db8:beef::9/128'];
  addresses(scratch, internet, internetAddresses);
  addresses(scratch, container, ['172.17.0.2/16']);
  scratch.run(container.namespace, ['ip', 'route', 'add', 'default', 'via', '172.17.0.1']);
  // Routes that no provider would have.
  for (const [to, via] of [
    ['10.50.0.0/16', '198.51.100.11'],
    ['172.17.0.0/16', '198.51.100.11'],
    ['2001:db8:50::/64', '2001:db8:f::11'],
  ] as const)
    scratch.run(internet.namespace, ['ip', 'route', 'add', to, 'via', via]);
  const server = await startNode(inHost, '', 'server');

  return {
    host,
    scratch,
    server,
    internet,
    container,
    async attach(model) {
      const nodes = new Map<string, TestNode>();
      for (const guest of model.guests.values()) {
        const made = await node(guest.name);
        nodes.set(guest.name, made);
        for (const { device, addresses: own, defaultVia } of guest.nics) {
          wire('set', 'dev', device, 'netns', made.namespace, 'name', 'eth0');
          addresses(scratch, made, own);
          for (const via of defaultVia) scratch.run(made.namespace, ['ip', 'route', 'add', 'default', 'via', via]);
        }
      }
      return nodes;
    },
    serve: (name, ports) => startServers(inHost, '', name, ports),
    async close() {
      for (const child of children) child.kill('SIGKILL');
      scratch.remove();
      await host.close();
    },
  };
}

function addresses(scratch: Scratch, { namespace }: TestNode, list: readonly string[]): void {
  scratch.run(namespace, ['ip', 'link', 'set', 'dev', 'eth0', 'up']);
  for (const address of list)
    scratch.run(namespace, [
      ...['ip', 'addr', 'add', address, 'dev', 'eth0'],
      ...(address.includes(':') ? ['nodad'] : []),
    ]);
}
