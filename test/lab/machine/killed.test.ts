import { expect, it } from 'vitest';
import { onOwnMachine } from '../own-machine.ts';

interface Seen {
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  readonly said: Readonly<Record<string, string>>;
}

it('whatever of a virtual lab is killed, the next `lab up` converges, and `lab down` leaves nothing on the machine', async () => {
  const { before, after, said } = await onOwnMachine<Seen>('machine-killed');

  // The command line killed while the machine boots, QEMU in the next try, the command line again while it makes the lab.
  expect(said['killed while it boots']).toContain('the former virtual machine has died');
  expect(said['killed while it boots']).toContain(
    'the virtual machine did not come to stand (QEMU was ended by signal 9): starting it once more',
  );
  expect(said['killed while it boots']).toMatch(/^virtual machine: Debian's kernel .* stands after/m);
  expect(said['up after both']).toMatch(/^0\n/);
  // That machine had come to stand, and was kept.
  expect(said['up after both']).not.toContain('virtual machine');
  expect(said['test']).toMatch(/^0\n/);

  expect(said['exec without qemu']).toMatch(/^1\ntrunkline: The virtual machine of the lab of \S+ has died\n/);
  expect(said['exec without qemu']).toContain('QEMU was ended by signal 9.');
  expect(said['exec without qemu']).toContain('Bring it up again: trunkline lab up FILE');
  expect(said['list without qemu']).toContain('its virtual machine has died (QEMU was ended by signal 9)');
  expect(said['up without qemu']).toMatch(/^0\nthe former virtual machine has died \(QEMU was ended by signal 9\)\n/);
  expect(said['test again']).toMatch(/^0\n/);

  expect(said['exec without keeper']).toMatch(/^1\ntrunkline: The virtual machine of the lab of \S+ has died\n/);
  expect(said['down']).toMatch(/^0\n/);
  expect(after).toEqual(before);
});
