/** Opens a machine, and is killed while it has it: see killed.disk.test.ts. */
import { openDiskMachine } from '../../support/disk-machine/machine.ts';

await openDiskMachine();
process.stdout.write('open\n');
await new Promise((resolve) => setTimeout(resolve, 600_000));
