import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labConnection, labDown, labRun, labTest, labTestText, labUp } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import type { Model } from '../../server/flow/model.ts';
import type { Compiled } from '../../server/model/compile.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { planModel } from '../../server/run/apply.ts';
import { pause, streamsDuring } from '../support/streams.ts';

const file = join(import.meta.dirname, 'balanced.yaml');
const model = modelOf(compileText({ file, text: readFileSync(file, 'utf8') }));
let lab: Lab;

function modelOf({ model, diagnostics }: Compiled): Model {
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return model;
}

beforeAll(async () => {
  ({ lab } = await labUp(model));
});
afterAll(() => labDown(model.topology));

const WHO = `
import json, socket, sys
found = {}
for _ in range(int(sys.argv[3])):
    try:
        with socket.create_connection((sys.argv[1], int(sys.argv[2])), 3) as each:
            name = json.loads(each.makefile().readline())['node']
    except OSError as error:
        name = type(error).__name__
    found[name] = found.get(name, 0) + 1
print(json.dumps(found))
`;

/** Who answers connections from the internet, and how many of them. */
async function answers(count: number, address = '192.0.2.30', port = 80): Promise<Readonly<Record<string, number>>> {
  const argv = ['python3', '-c', WHO, address, String(port), String(count)];
  const { exitCode, stdout, stderr } = await labRun(lab, 'internet', argv);
  expect([exitCode, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Record<string, number>;
}

/** Until the answers are these. */
async function comesTo(wanted: Readonly<Record<string, number>>): Promise<void> {
  const count = Object.values(wanted).reduce((sum, each) => sum + each, 0);
  for (let looks = 0; looks < 40; looks += 1) {
    const found = await answers(count);
    if (Object.keys(found).sort().join() === Object.keys(wanted).sort().join()) break;
    await pause(250);
  }
  expect(await answers(count)).toEqual(wanted);
}

/** A machine that takes no more connections, and whose others live on. */
async function deaf(guest: string, ...ports: readonly string[]): Promise<void> {
  const rule = `tcp dport { ${ports.join(', ')} } tcp flags & (syn | ack) == syn drop`;
  const text = `table inet deaf {\nchain c {\ntype filter hook input priority 0;\n${rule}\n}\n}\n`;
  const { exitCode, stderr } = await labRun(lab, guest, ['nft', text]);
  expect([exitCode, stderr]).toEqual([0, '']);
}

async function hearing(...guests: readonly string[]): Promise<void> {
  for (const guest of guests) await labRun(lab, guest, ['nft', 'delete table inet deaf']);
}

async function nothingToDo(): Promise<void> {
  const plan = await planModel(model, (host) => labConnection(lab, host));
  expect(plan.hosts.flatMap((host) => host.steps)).toEqual([]);
}

test('all expectations are met, and nothing is left to plan', async () => {
  await nothingToDo();
  const result = await labTest(model, lab);
  expect(result.failed, labTestText(result)).toBe(0);
});

test('connections go to the targets by turns, or a client stays where it was', async () => {
  expect(await answers(30)).toEqual({ web1: 10, web2: 10, web3: 10 });
  expect(Object.values(await answers(12, '2001:db8:0:1::30'))).toEqual([12]);
});

test('a target that is lost gets no more connections, one that is back gets them again, and neither is drift', async () => {
  await deaf('web2', '8080');
  await comesTo({ web1: 6, web3: 6 });
  await nothingToDo();
  await hearing('web2');
  await comesTo({ web1: 4, web2: 4, web3: 4 });
});

test('where all are lost whoever asks is refused at once', async () => {
  const all = ['web1', 'web2', 'web3'];
  for (const guest of all) await deaf(guest, '8080');
  await comesTo({ ConnectionRefusedError: 6 });
  await nothingToDo();
  await hearing(...all);
  await comesTo({ web1: 4, web2: 4, web3: 4 });
});

test('connections that stand stay with a target that takes no new ones', async () => {
  const streams = { from: 'internet', to: 'web2', address: '192.0.2.30', port: 81, count: 5, seconds: 6 };
  const results = await streamsDuring(lab, { ...streams, served: { address: '10.80.0.12', port: 7000 } }, async () => {
    await deaf('web2', '7000');
    for (let looks = 0; looks < 40; looks += 1) {
      if (Object.keys(await answers(1, '192.0.2.30', 81)).includes('ConnectionRefusedError')) break;
      await pause(100);
    }
    expect(await answers(1, '192.0.2.30', 81)).toEqual({ ConnectionRefusedError: 1 });
    await hearing('web2');
  });
  expect(results.map(({ reason }) => reason)).toEqual(Array.from({ length: 5 }, () => null));
});

test('who looks after the targets is there again when it dies, and finds its maps as they were left', async () => {
  const folder = '/run/trunkline/services';
  const { stdout } = await labRun(lab, 'edge', ['sh', '-c', `cat ${folder}/*.bash/bash.pid`]);
  await labRun(lab, 'edge', ['sh', '-c', `kill -KILL ${stdout.trim()}`]);
  await deaf('web3', '8080');
  await comesTo({ web1: 6, web2: 6 });
  await hearing('web3');
  await comesTo({ web1: 4, web2: 4, web3: 4 });
  await nothingToDo();
});
