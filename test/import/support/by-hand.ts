/** A small router as a person sets one up: a bridge with guests, an uplink, port mappings and a masquerade. */
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import type { HostNamespace } from '../../support/host-namespace.ts';

export const UPSTREAM = '198.51.100.7';
export const OUTSIDE = '192.0.2.10';

/** `guest` behind the bridge, `upstream` beyond the uplink: namespaces on the host, for packets. */
export async function setUpByHand(host: HostNamespace): Promise<void> {
  await host.run('sh', '-ec', SETUP);
}

const SETUP = `
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.default.accept_dad=0
for name in guest upstream; do ip netns add $name; ip -n $name link set lo up; done
ip link add eth0 type veth peer name up0 netns upstream
ip link add vweb type veth peer name eth0 netns guest
ip link add eth1 type veth peer name wire1
ip link set wire1 up
ip link add br0 type bridge stp_state 1 forward_delay 200
ip link set br0 type bridge stp_state 0
for port in vweb eth1; do ip link set dev $port master br0 up; done
ip link set br0 up
ip link set eth0 up
ip addr add 10.0.0.1/24 dev br0
ip addr add 192.0.2.10/24 dev eth0
ip addr add 192.0.2.11/24 dev eth0
ip route add default via 192.0.2.1
ip route add 10.9.0.0/16 via 10.0.0.9 proto static
ip -n guest link set eth0 up; ip -n guest addr add 10.0.0.5/24 dev eth0; ip -n guest route add default via 10.0.0.1
ip -n upstream link set up0 up; ip -n upstream addr add 192.0.2.1/24 dev up0; ip -n upstream addr add ${UPSTREAM}/32 dev lo
nft -f - <<'N'
table ip nat {
	chain pre {
		type nat hook prerouting priority dstnat; policy accept;
		iifname "eth0" ip daddr 192.0.2.10 tcp dport 8080 dnat to 10.0.0.5:80
	}
	chain post {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr 10.0.0.0/24 oifname "eth0" masquerade
	}
}
N
`;

const SERVER = `
import socket, threading
listening = socket.create_server(('10.0.0.5', 80))
print('ready', flush=True)
def serve(end):
    while True:
        data = end.recv(100)
        if not data: return
        end.sendall(data)
while True:
    end, _ = listening.accept()
    threading.Thread(target=serve, args=(end,), daemon=True).start()
`;

/** One connection by the port mapping, used again and again until it is told to stop; prints how often it was answered. */
const CLIENT = `
import socket, sys, select
end = socket.create_connection(('${OUTSIDE}', 8080), 10, ('${UPSTREAM}', 0))
end.settimeout(10)
count = 0
while True:
    end.sendall(b'x')
    if end.recv(1) != b'x': sys.exit('cut off')
    count += 1
    if count == 1: print('talking', flush=True)
    if select.select([sys.stdin], [], [], 0.002)[0]: break
print(count)
`;

export interface Traffic {
  /** Ends it: how often the connection from outside was answered, and how many of the guest's packets out were not. */
  stop(): Promise<{ readonly answered: number; readonly sent: number; readonly lost: number }>;
}

/** A connection from outside to the published port, and packets from the guest out, for as long as something else happens. */
export async function startTraffic({ prefix }: HostNamespace): Promise<Traffic> {
  const inside = (namespace: string, ...argv: readonly string[]) => {
    const [file = '', ...rest] = [...prefix, 'ip', 'netns', 'exec', namespace, ...argv];
    return spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  };
  const server = inside('guest', 'python3', '-c', SERVER);
  await once(server.stdout, 'data');
  const client = inside('upstream', 'python3', '-c', CLIENT);
  const ping = inside('guest', 'ping', '-i', '0.005', UPSTREAM);
  const output = { client: '', ping: '' };
  client.stdout.on('data', (chunk: Buffer) => (output.client += chunk.toString()));
  ping.stdout.on('data', (chunk: Buffer) => (output.ping += chunk.toString()));
  await Promise.all([once(client.stdout, 'data'), once(ping.stdout, 'data')]);
  let ended: Promise<unknown> | undefined;
  return {
    async stop() {
      if (ended === undefined) {
        ended = Promise.all([once(client, 'exit'), once(ping, 'exit')]);
        client.stdin.end();
        ping.kill('SIGINT');
      }
      await ended;
      server.kill();
      const [, sent = '0', received = '-1'] = /(\d+) packets transmitted, (\d+) received/.exec(output.ping) ?? [];
      // The last one may be under way.
      const lost = Math.max(0, Number(sent) - Number(received) - 1);
      return { answered: Number(output.client.trim().split('\n')[1] ?? 0), sent: Number(sent), lost };
    },
  };
}
