import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { Failure } from '../core/failure.ts';
import type { LabNode } from './lab.ts';
import { openRelay } from './vm/relay.ts';
import type { AgentLines, Listener, Relay } from './vm/relay.ts';

/** Every command gets one answer with its tag; what else is in it depends on the command. */
const AgentAnswer = z.looseObject({ tag: z.string(), error: z.string().optional() });
export type AgentAnswer = z.infer<typeof AgentAnswer>;

export interface AgentClient {
  readonly node: LabNode;
  /** Words hold no blanks. Commands may be asked at the same time; probes answer when they have ended. */
  ask(...words: readonly string[]): Promise<AgentAnswer>;
  /** The same, and throws `lab` where the agent answers with an error. */
  demand(...words: readonly string[]): Promise<AgentAnswer>;
  close(): void;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** Speaks with a node's agent; where the node is in a virtual machine, over a relay there, its own where none is given. */
export async function connectAgent(node: LabNode, relay?: Relay): Promise<AgentClient> {
  const waiting = new Map<
    string,
    { readonly resolve: (answer: AgentAnswer) => void; readonly reject: (error: Failure) => void }
  >();
  let ended: Failure | undefined;
  let count = 0;
  const listener: Listener = {
    onLine(line) {
      const answer = AgentAnswer.parse(JSON.parse(line));
      waiting.get(answer.tag)?.resolve(answer);
      waiting.delete(answer.tag);
    },
    onEnd(cause) {
      ended ??= new Failure(
        'lab',
        `The agent of ${node.name} is gone`,
        cause === undefined ? {} : { detail: cause.message, cause },
      );
      for (const { reject } of waiting.values()) reject(ended);
      waiting.clear();
    },
  };
  const lines =
    node.within.length === 0
      ? await connectSocket(node, listener)
      : (relay ?? (await openRelay(node))).open(node, listener);

  const ask = (...words: readonly string[]): Promise<AgentAnswer> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) {
        reject(ended);
        return;
      }
      const wrong = words.find((word) => !/^[\x21-\x7e]+$/.test(word));
      if (wrong !== undefined) throw new TypeError(`not a word for an agent: ${JSON.stringify(wrong)}`);
      count += 1;
      const tag = String(count);
      waiting.set(tag, { resolve, reject });
      lines.send([tag, ...words].join(' '));
    });

  return {
    node,
    ask,
    async demand(...words) {
      const answer = await ask(...words);
      if (answer.error !== undefined)
        throw new Failure('lab', `The agent of ${node.name} could not do ${words.slice(0, 2).join(' ')}`, {
          detail: answer.error,
        });
      return answer;
    },
    close() {
      lines.close();
    },
  };
}

async function connectSocket(node: LabNode, { onLine, onEnd }: Listener): Promise<AgentLines> {
  const socket = connect(node.socket);
  let cause: Error | undefined;
  await new Promise<void>((resolve, reject) => {
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error('it does not answer')));
    socket.once('connect', resolve).once('error', (error) => {
      reject(
        new Failure('lab', `The agent of ${node.name} cannot be reached`, { detail: error.message, cause: error }),
      );
    });
  });
  socket.setTimeout(0);
  socket.on('error', (error) => {
    cause = error;
  });
  socket.on('close', () => {
    onEnd(cause);
  });
  createInterface({ input: socket }).on('line', onLine);
  return { send: (line) => socket.write(`${line}\n`), close: () => socket.end() };
}
