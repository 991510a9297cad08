/**
 * Runs inside a namespace, one for each node of a test: listens, probes, and answers on stdout what it saw. Listeners answer
 * with their node's name and the source that they see; a probe is one connection or datagram.
 */
import { createSocket } from 'node:dgram';
import { createServer, connect } from 'node:net';
import { createInterface } from 'node:readline';

export interface Probe {
  readonly protocol: 'tcp' | 'udp';
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

export type Order = { readonly listen: 'tcp' | 'udp'; readonly port: number } | { readonly probe: Probe };

const TIMEOUT_MS = 350;
const [name = 'node'] = process.argv.slice(2);

function listen(protocol: 'tcp' | 'udp', port: number): Promise<string> {
  if (protocol === 'tcp') {
    return new Promise((resolve, reject) => {
      const server = createServer((socket) => {
        socket.on('error', () => socket.destroy());
        socket.end(`${name} saw ${(socket.remoteAddress ?? '').replace('::ffff:', '')}`);
      });
      server.on('error', reject);
      server.listen(port, '::', () => {
        resolve('ready');
      });
    });
  }
  const bound = (['udp4', 'udp6'] as const).map(
    (type) =>
      new Promise((resolve, reject) => {
        const socket = createSocket({ type, ipv6Only: type === 'udp6' });
        socket.on('error', reject);
        socket.on('message', (_message, from) => {
          socket.send(`${name} saw ${from.address}`, from.port, from.address);
        });
        socket.bind(port, type === 'udp4' ? '0.0.0.0' : '::', () => {
          resolve('ready');
        });
      }),
  );
  return Promise.all(bound).then(() => 'ready');
}

/** What the listener said, `refused` (answered with a reset or an ICMP error), or `silence`. */
function probe({ protocol, from, to, port }: Probe): Promise<string> {
  return new Promise((resolve) => {
    const answers = (text: string): void => {
      clearTimeout(timer);
      resolve(text);
    };
    const failed = (error: NodeJS.ErrnoException): void => {
      answers(
        ['ECONNREFUSED', 'EHOSTUNREACH', 'EACCES', 'ECONNRESET'].includes(error.code ?? '')
          ? 'refused'
          : `error ${error.code ?? error.message}`,
      );
      stop();
    };
    let stop: () => void;
    const timer = setTimeout(() => {
      resolve('silence');
      stop();
    }, TIMEOUT_MS);
    if (protocol === 'tcp') {
      const socket = connect({ host: to, port, localAddress: from });
      let text = '';
      stop = () => socket.destroy();
      socket.on('error', failed);
      socket.on('data', (part) => (text += part.toString()));
      socket.on('end', () => {
        answers(text);
        stop();
      });
    } else {
      const socket = createSocket(to.includes(':') ? 'udp6' : 'udp4');
      let open = true;
      stop = () => {
        if (open) socket.close();
        open = false;
      };
      socket.on('error', failed);
      socket.on('message', (message) => {
        answers(message.toString());
        stop();
      });
      // Connected, so that an ICMP error is told to us.
      socket.bind({ address: from }, () => {
        socket.connect(port, to, (error?: Error) => {
          if (error) failed(error);
          else socket.send('probe');
        });
      });
    }
  });
}

process.stdout.write('up\n');
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as Order;
  const answer = 'probe' in order ? await probe(order.probe) : await listen(order.listen, order.port);
  process.stdout.write(`${answer}\n`);
}
