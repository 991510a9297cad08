import { labDown, labTest, labUp } from '../../../server/lab/index.ts';
import { twoHosts } from '../two-hosts.ts';
import { machineState } from './machine-state.ts';

const model = twoHosts();
const before = await machineState(model.topology);
const { lab } = await labUp(model);
const during = await machineState(model.topology);
const { failed } = await labTest(model, lab);
await labDown(model.topology);
process.stdout.write(JSON.stringify({ before, during, after: await machineState(model.topology), failed }));
