/**
 * What a program can do that has got into the web process: it becomes one just as that does, and then tries. Started by the operator in
 * place of its own program; what came of it lies beside what it was told to try, in the one folder that it has.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { runWebProcess } from '../../../server/api/web-process.ts';
import type { Targets, Tried } from './targets.ts';

await runWebProcess((error) => {
  process.stderr.write(`${error.message}\n`);
});

const state = process.execArgv.find((word) => word.startsWith('--allow-fs-write='))?.split('=')[1] ?? '';
const targets = JSON.parse(readFileSync(join(state, 'targets.json'), 'utf8')) as Targets;
const operator = String(process.ppid);

const ATTEMPTS: Readonly<Record<string, () => unknown>> = {
  'a file of its own': () => {
    writeFileSync(join(state, 'own'), '');
  },
  "root's file": () => readFileSync(targets.secret),
  'the history': () => readFileSync(targets.history),
  'the folder of the topologies': () => {
    writeFileSync(join(targets.topologies, 'evil.yaml'), '');
  },
  'the copies of the topologies': () => {
    writeFileSync(join(targets.copies, 'evil.yaml'), '');
  },
  'a folder that all may write': () => {
    writeFileSync(join(targets.open, 'evil'), '');
  },
  'the memory of the operator': () => openSync(`/proc/${operator}/mem`, 'r+'),
  'the environment of the operator': () => readFileSync(`/proc/${operator}/environ`),
  'a signal to the operator': () => process.kill(process.ppid, 0),
  'the folder of the socket': () => readdirSync(targets.sockets),
  'a program': () => {
    const { error } = spawnSync('ip', ['link']);
    if (error) throw error;
  },
  'root again': () => process.setuid?.(0),
};

const tried: Record<string, string> = {};
for (const [name, attempt] of Object.entries(ATTEMPTS)) tried[name] = outcome(attempt);
tried['the socket'] = await knock(join(targets.sockets, 'operator.sock'));
writeFileSync(join(state, 'tried.json'), JSON.stringify(tried satisfies Tried));

function outcome(attempt: () => unknown): string {
  try {
    attempt();
    return 'done';
  } catch (error) {
    return codeOf(error);
  }
}

async function knock(path: string): Promise<string> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return 'done';
  } catch (error) {
    return codeOf(error);
  } finally {
    socket.destroy();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
