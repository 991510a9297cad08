/**
 * Many agents of a machine over one command in it (see agent/speak.c): every line has the name of the agent's socket in
 * front. One for each set of clients: a machine has fewer ways in than a lab may have nodes.
 */
import { spawn } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { agentBinary } from '../agent-binary.ts';
import type { LabNode } from '../lab.ts';

/** One agent's end of it. */
export interface AgentLines {
  send(line: string): unknown;
  close(): void;
}

export interface Listener {
  readonly onLine: (line: string) => void;
  readonly onEnd: (cause?: Error) => void;
}

export interface Relay {
  /** At most one listener a node. */
  open(node: LabNode, listener: Listener): AgentLines;
}

/** Ends with its last agent. `node` is any of the machine's. */
export async function openRelay({ within, socket }: LabNode): Promise<Relay> {
  const [file, ...args] = [...within, await agentBinary(), 'speak', dirname(socket)];
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const listeners = new Map<string, Listener>();
  const endAll = (): void => {
    const all = [...listeners.values()];
    listeners.clear();
    for (const { onEnd } of all) onEnd();
  };
  // Gone while it is written to: its end says so.
  child.stdin.on('error', () => undefined);
  child.once('error', endAll).once('close', endAll);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const name = line.replace(/ .*$/s, '');
    if (line.length > name.length) listeners.get(name)?.onLine(line.slice(name.length + 1));
    else {
      listeners.get(name)?.onEnd();
      listeners.delete(name);
    }
  });
  return {
    open(node, listener) {
      const name = basename(node.socket);
      listeners.set(name, listener);
      return {
        send: (line) => child.stdin.write(`${name} ${line}\n`),
        close() {
          listeners.delete(name);
          if (listeners.size === 0) child.stdin.end();
          else child.stdin.write(`${name}\n`);
        },
      };
    },
  };
}
