import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { Failure } from '../core/failure.ts';
import type { LabNode } from './lab.ts';

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

/** Speaks with a node's agent. */
export async function connectAgent(node: LabNode): Promise<AgentClient> {
  const waiting = new Map<
    string,
    { readonly resolve: (answer: AgentAnswer) => void; readonly reject: (error: Failure) => void }
  >();
  const socket = connect(node.socket);
  let ended: Failure | undefined;
  let count = 0;

  await new Promise<void>((resolve, reject) => {
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error('it does not answer')));
    socket.once('connect', resolve).once('error', (cause) => {
      reject(new Failure('lab', `The agent of ${node.name} cannot be reached`, { detail: cause.message, cause }));
    });
  });
  socket.setTimeout(0);
  socket.on('error', (cause) => {
    ended = new Failure('lab', `The agent of ${node.name} is gone`, { detail: cause.message, cause });
  });
  socket.on('close', () => {
    ended ??= new Failure('lab', `The agent of ${node.name} is gone`);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  });
  createInterface({ input: socket }).on('line', (line) => {
    const answer = AgentAnswer.parse(JSON.parse(line));
    waiting.get(answer.tag)?.resolve(answer);
    waiting.delete(answer.tag);
  });

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
      socket.write(`${[tag, ...words].join(' ')}\n`);
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
      socket.end();
    },
  };
}
