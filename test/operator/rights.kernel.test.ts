/** What whoever gets into the web process can do: nothing to the machine, to the operator, or outside of its folder. */
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { SMALL } from '../api/site.ts';
import { openPlace } from './support/place.ts';
import type { Place } from './support/place.ts';
import type { Targets, Tried } from './support/targets.ts';

const INTRUDER = join(import.meta.dirname, 'support/intruder.ts');
const SCRIPT = join(import.meta.dirname, 'support/intruder.py');
/** Debian's, which all may run; its program comes by its input, wherever this lies. */
const PYTHON = ['/usr/bin/python3', '-I', '-'];

async function targetsOf({ root, topologies }: Place): Promise<Omit<Targets, 'copies' | 'sockets'>> {
  const [secret, open] = [join(root, 'secret'), join(root, 'open')];
  await writeFile(secret, 'secret', { mode: 0o600 });
  await mkdir(open);
  await chmod(open, 0o1777);
  return { secret, open, topologies, history: join(root, 'trunkline/history.sqlite') };
}

/** Where this process has made its folders. */
async function base(): Promise<{ copies: string; sockets: string }> {
  const [name = ''] = (await readdir('/run')).filter((each) =>
    each.startsWith(`trunkline-serve-${String(process.pid)}-`),
  );
  return { copies: join('/run', name, 'topologies'), sockets: join('/run', name, 'socket') };
}

test('a program that has got into the web process can do nothing outside of its folder', async () => {
  await using place = await openPlace({ 'small.yaml': SMALL });
  const targets = await targetsOf(place);
  await mkdir(place.state, { mode: 0o700 });
  const told = join(place.state, 'targets.json');
  // What it is told of its folders is known once they are made, which is before it reads this.
  const serving = place.serve({ main: INTRUDER });
  await expect.poll(async () => (await base()).copies, { timeout: 20_000 }).not.toBe('/run/topologies');
  await writeFile(told, JSON.stringify({ ...targets, ...(await base()) } satisfies Targets), { mode: 0o644 });
  await serving;
  await expect.poll(() => readFile(join(place.state, 'tried.json'), 'utf8'), { timeout: 20_000 }).toContain('}');
  const tried = JSON.parse(await readFile(join(place.state, 'tried.json'), 'utf8')) as Tried;
  const { 'a file of its own': own, ...others } = tried;
  expect(own).toBe('done');
  expect(Object.values(others)).not.toContain('done');
  expect(others).toMatchObject({
    "root's file": 'EACCES',
    'a signal to the operator': 'EPERM',
    'the socket': 'EACCES',
  });
  expect(others['root again']).toBe('EPERM');
  expect(await readdir(targets.open)).toEqual([]);
  expect(await readdir(place.topologies)).toEqual(['small.yaml']);
});

test('the kernel refuses it all to whoever runs as the web process, with or without what Node forbids', async () => {
  await using place = await openPlace({ 'small.yaml': SMALL });
  const targets = { ...(await targetsOf(place)), operator: process.pid };
  const site = await place.serve();
  const status = await readFile(`/proc/${String(site.pid)}/status`, 'utf8');
  const uid = /^Uid:\s+(\d+)/m.exec(status)?.[1] ?? '';
  expect(Number(uid)).toBeGreaterThan(0);
  for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
    expect(status).toMatch(new RegExp(`^${name}:\\s+0+$`, 'm'));
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
  expect(status).toMatch(/^Groups:\s*$/m);
  await mkdir(join(place.root, 'trunkline'), { recursive: true, mode: 0o700 });
  await writeFile(targets.history, '', { flag: 'a', mode: 0o600 });
  // A door as it is while a web process is being started.
  const all = { ...targets, ...(await base()) };
  const argument = JSON.stringify({ ...all, sockets: await doorOf(place) });
  const input = await readFile(SCRIPT, 'utf8');
  const alone = ['--net', '--'];
  const as = ['setpriv', '--reuid', uid, '--regid', uid, '--clear-groups', '--no-new-privs', '--bounding-set=-all'];

  const root = await execa('unshare', [...alone, ...PYTHON, argument], { input });
  // Each of these can be done by whoever may: what follows is refused for want of rights, and for nothing else.
  expect(new Set(Object.values(JSON.parse(root.stdout) as Tried))).toEqual(new Set(['done']));
  const web = await execa('unshare', [...alone, ...as, '--', ...PYTHON, argument], { input });
  const tried = JSON.parse(web.stdout) as Tried;
  for (const [name, how] of Object.entries(tried)) expect(how, name).toMatch(/^(EPERM|EACCES)$/);
});

/** As the operator makes its own: in a folder 0700, a socket 0600 that somebody listens on. */
async function doorOf({ root }: Place): Promise<string> {
  const folder = join(root, 'door');
  await mkdir(folder, { mode: 0o700 });
  const door = createServer();
  door.listen(join(folder, 'operator.sock'));
  door.unref();
  await once(door, 'listening');
  await chmod(join(folder, 'operator.sock'), 0o600);
  return folder;
}
