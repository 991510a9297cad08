/** Programs in the networks of many nodes, all started by one process (see agent/each.c). */
import { execa } from 'execa';
import { Failure } from '../core/failure.ts';
import type { ProgramResult } from '../host/connection.ts';
import { createAnswerReader } from '../host/frames.ts';
import { agentBinary } from './agent-binary.ts';
import type { LabNode } from './lab.ts';
import { failedTool, TOOL_ENV } from './tool.ts';

export interface PlacedProgram {
  readonly node: LabNode;
  readonly argv: readonly string[];
  readonly stdin: string;
}

export interface NodeProgram extends PlacedProgram {
  /** Completes "The lab could not …". */
  readonly purpose: string;
}

/**
 * Runs them, several at a time, and gives what each wrote. The nodes are all of one lab. Throws `lab` where one fails, for the
 * first of them; the others have run as well then.
 */
export async function runInNodes(programs: readonly NodeProgram[]): Promise<readonly string[]> {
  const results = await runPrograms(programs);
  return programs.map(({ purpose, stdin }, index) => {
    const result = results[index];
    if (result === undefined) throw new Failure('lab', `The lab could not ${purpose}`, { detail: 'It got no answer.' });
    const [stdout, stderr] = [result.stdout.toString('utf8'), result.stderr.toString('utf8')];
    if (result.exitCode !== 0) throw failedTool(purpose, stderr, stdin);
    return stdout;
  });
}

/** The same, and gives how each ended. Throws `lab` where they could not be started. */
export async function runPrograms(programs: readonly PlacedProgram[]): Promise<readonly ProgramResult[]> {
  const [first] = programs;
  if (first === undefined) return [];
  const { within } = first.node;
  // Without root, a lab lives in a user namespace, which is entered first; in a virtual machine it is root's.
  const owner = within.length > 0 || (process.getuid?.() ?? 0) === 0 ? 'same-user' : 'own-user';
  const [file = '', ...args] = [...within, await agentBinary(), 'each', owner] as readonly string[];
  const { exitCode, stdout, stderr } = await execa(file, args, {
    input: Buffer.concat(programs.map(encodeProgram)),
    encoding: 'buffer',
    maxBuffer: 1e9,
    stripFinalNewline: false,
    reject: false,
    env: TOOL_ENV,
  });
  if (exitCode !== 0) {
    const detail = Buffer.from(stderr).toString('utf8').trim();
    throw new Failure('lab', 'The lab could not enter its nodes', {
      detail: detail === '' ? 'It was broken off.' : detail,
    });
  }
  const results: ProgramResult[] = [];
  createAnswerReader((answer) => {
    if (answer.type === 'result') results.push(answer.result);
  })(Buffer.from(stdout));
  return results;
}

/** The frame is made of lines, and no word of ours has a line break or NUL: one that has is a defect. */
function encodeProgram({ node, argv, stdin }: PlacedProgram): Buffer {
  const wrong = argv.find((word) => /[\n\0]/.test(word));
  if (wrong !== undefined) throw new TypeError(`argument with a line break or NUL: ${JSON.stringify(wrong)}`);
  const input = Buffer.from(stdin);
  const head = `run ${String(node.pid)} ${String(argv.length)} ${String(input.length)}\n`;
  return Buffer.concat([Buffer.from(`${head}${argv.map((word) => `${word}\n`).join('')}`), input]);
}
