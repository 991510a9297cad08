/** A lab of so many pairs of hosts: up, every expectation probed, down. Prints what the machine was like, and its processes. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { labDown, labTest, labUp } from '../../../server/lab/index.ts';
import { compileFile } from '../../../server/model/compile-file.ts';
import { machineState } from './machine-state.ts';

const [pairs = ''] = process.argv.slice(2);
const { model } = await compileFile(join(import.meta.dirname, '../scale.yaml'), { set: new Map([['pairs', pairs]]) });
if (model === null) throw new Error('scale.yaml does not compile');

const processes = async (): Promise<number> => (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).length;

const before = await machineState(model.topology);
const { lab, run } = await labUp(model);
const during = await machineState(model.topology);
const idle = await processes();
const samples: Promise<number>[] = [];
const { passed, failed } = await labTest(model, lab, {
  count: (_what, done) => {
    if (done % 500 === 0) samples.push(processes());
  },
});
const ended = await labDown(model.topology);
process.stdout.write(
  JSON.stringify({
    before,
    during,
    after: await machineState(model.topology),
    verified: run.hosts.filter((host) => host.verified).length,
    hosts: model.hosts.size,
    nodes: lab.nodes.size,
    ended: ended.length,
    passed,
    failed,
    idle,
    probing: Math.max(...(await Promise.all(samples))),
  }),
);
