/** A node of a test: a namespace with an agent in it that listens and probes. */
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Order, Probe } from './agent.ts';
import type { Scratch } from './scratch.ts';

export interface TestNode {
  readonly name: string;
  readonly namespace: string;
  listen(protocol: 'tcp' | 'udp', port: number): Promise<void>;
  probe(probe: Probe): Promise<string>;
}

export async function startNode(scratch: Scratch, namespace: string, name: string): Promise<TestNode> {
  const agent = fileURLToPath(new URL('agent.ts', import.meta.url));
  const child = scratch.start(namespace, [process.execPath, agent, name]);
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('the agent has no pipes');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  let queue: Promise<unknown> = Promise.resolve();
  const next = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`the agent in ${namespace} has ended`);
    return line.value;
  };
  const order = (what: Order): Promise<string> => {
    const answer = queue.then(() => {
      stdin.write(`${JSON.stringify(what)}\n`);
      return next();
    });
    queue = answer.catch(() => undefined);
    return answer;
  };
  if ((await next()) !== 'up') throw new Error(`the agent in ${namespace} did not start`);
  return {
    name,
    namespace,
    async listen(protocol, port) {
      await order({ listen: protocol, port });
    },
    probe: (probe) => order({ probe }),
  };
}
