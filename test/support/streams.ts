/** Many TCP connections between two nodes of a lab that are never silent: what happens to the way shows in them. */
import type { Lab } from '../../server/lab/index.ts';
import { labRun } from '../../server/lab/index.ts';
import type { ToolResult } from '../../server/lab/tool.ts';

const SERVER = `
import asyncio, sys
async def serve(reader, writer):
    try:
        while data := await reader.read(64):
            writer.write(data)
    except OSError:
        pass
async def main():
    server = await asyncio.start_server(serve, sys.argv[1], int(sys.argv[2]))
    await asyncio.sleep(float(sys.argv[3]))
asyncio.run(main())
`;

// A byte every 20 ms; the gap is the longest time between two answers.
const CLIENT = `
import asyncio, json, sys, time
ends = time.monotonic() + float(sys.argv[4])
async def stream():
    gap, answers, reason = 0.0, 0, None
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(sys.argv[1], int(sys.argv[2])), 3)
        last = time.monotonic()
        while time.monotonic() < ends:
            writer.write(b'x')
            await asyncio.wait_for(reader.readexactly(1), 8)
            now = time.monotonic()
            gap, last, answers = max(gap, now - last), now, answers + 1
            await asyncio.sleep(0.02)
    except Exception as error:
        reason = repr(error)
    return {'gapMs': round(gap * 1000), 'answers': answers, 'reason': reason}
async def main():
    print(json.dumps(await asyncio.gather(*[stream() for _ in range(int(sys.argv[3]))])))
asyncio.run(main())
`;

export interface StreamResult {
  readonly gapMs: number;
  readonly answers: number;
  /** Why it ended early; `null` for one that lived. */
  readonly reason: string | null;
}

export interface Streams {
  readonly from: string;
  readonly to: string;
  readonly address: string;
  readonly port: number;
  readonly count: number;
  readonly seconds: number;
  /** Where `to` listens, if it is not at what is asked: behind a translation. */
  readonly served?: { readonly address: string; readonly port: number };
}

/** Runs the connections, and `work` meanwhile. */
export async function streamsDuring(lab: Lab, streams: Streams, work: () => Promise<void>): Promise<StreamResult[]> {
  const { from, to, address, port, count, seconds } = streams;
  const served = streams.served ?? { address, port };
  const words = [served.address, String(served.port), String(seconds + 4)];
  const server = labRun(lab, to, ['python3', '-c', SERVER, ...words]);
  await listens(lab, to, served.port);
  if (streams.served !== undefined) await comesThrough(lab, from, address, port);
  const client = labRun(lab, from, ['python3', '-c', CLIENT, address, String(port), String(count), String(seconds)]);
  await pause(1000);
  await work();
  const { exitCode, stdout, stderr }: ToolResult = await client;
  await server;
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as StreamResult[];
}

async function listens(lab: Lab, node: string, port: number): Promise<void> {
  for (let looks = 0; looks < 200; looks += 1) {
    const { stdout } = await labRun(lab, node, ['ss', '-Hltn', `sport = :${String(port)}`]);
    if (stdout.trim() !== '') return;
    await pause(50);
  }
  throw new Error(`nobody listens on ${node} port ${String(port)}`);
}

const CONNECT = 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 1).close()';

async function comesThrough(lab: Lab, from: string, address: string, port: number): Promise<void> {
  for (let looks = 0; looks < 100; looks += 1) {
    const { exitCode } = await labRun(lab, from, ['python3', '-c', CONNECT, address, String(port)]);
    if (exitCode === 0) return;
    await pause(50);
  }
  throw new Error(`nobody answers ${from} at ${address} port ${String(port)}`);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
