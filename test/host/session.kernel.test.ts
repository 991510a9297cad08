import { afterEach, expect, test } from 'vitest';
import { Failure } from '../../server/core/failure.ts';
import type { HostSession } from '../../server/host/connection.ts';
import { connectThrough } from '../../server/host/runner.ts';

/** A mount namespace with a /run of its own, so that the lock taken here is nobody else's. */
const PRIVATE = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /run && exec "$@"', 'private'];

const open: HostSession[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close()));
});

async function session(prefix: readonly string[] = PRIVATE, lock = false): Promise<HostSession> {
  const opened = await connectThrough('here', prefix).open({ lock });
  open.push(opened);
  return opened;
}

test('arguments and input arrive byte for byte, and no shell reads them', async () => {
  const here = await session();
  const words = ['a  b', '$(id)', '`id`', ';', '"', "'", '\\', '*', '-x', '', '\u001b[0m', 'ü'];
  const results = await here.run([
    { argv: ['printf', '<%s>', ...words] },
    { argv: ['cat'], stdin: Buffer.from([0, 1, 10, 255, 13, 0]) },
  ]);
  expect(results[0]?.stdout.toString()).toBe(words.map((word) => `<${word}>`).join(''));
  expect([...(results[1]?.stdout ?? [])]).toEqual([0, 1, 10, 255, 13, 0]);
});

test('after a program that fails the rest is not run, and the session goes on', async () => {
  const here = await session();
  const results = await here.run([
    { argv: ['true'] },
    { argv: ['sh', '-c', 'echo no >&2; exit 3'] },
    { argv: ['echo', 'never'] },
  ]);
  expect(results.map((each) => each.exitCode)).toEqual([0, 3]);
  expect(results[1]?.stderr.toString()).toBe('no\n');
  expect((await here.run([{ argv: ['echo', 'again'] }]))[0]?.stdout.toString()).toBe('again\n');
  expect(here.started).toBe(3);
});

test('large answers come whole', async () => {
  const here = await session();
  const [result] = await here.run([{ argv: ['head', '-c', '20000000', '/dev/zero'] }]);
  expect(result?.stdout.length).toBe(20_000_000);
});

test('a line break in an argument is refused, for the frame is made of lines', async () => {
  const here = await session();
  await expect(here.run([{ argv: ['echo', 'a\nb'] }])).rejects.toThrow(TypeError);
});

test('the lock is held by one, refused to others with the holder named, and free once its holder is gone', async () => {
  const first = await session();
  const inside = (await first.run([{ argv: ['sh', '-c', 'echo $PPID'] }]))[0]?.stdout.toString().trim() ?? '';
  const same = ['nsenter', '--target', inside, '--mount'];
  const holder = await session(same, true);
  const refused = await connectThrough('here', same)
    .open({ lock: true })
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Failure);
  expect(refused).toMatchObject({
    kind: 'locked',
    detail: expect.stringContaining(`pid ${String(process.pid)}`) as string,
  });
  // A program that lives on must not keep the lock.
  await holder.run([{ argv: ['sh', '-c', 'sleep 8 >/dev/null 2>&1 &'] }]);
  await holder.close();
  open.splice(open.indexOf(holder), 1);
  await session(same, true);
}, 30_000);

test('a machine that cannot be entered is a failure with its own words', async () => {
  const refused = await connectThrough('far', ['sh', '-c', 'echo "no route to it" >&2; exit 255'])
    .open({ lock: false })
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ kind: 'host-unreachable', detail: 'no route to it' });
});
