/** A run that was begun from the page is the operator's: what becomes of the web process is nothing to it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { MAIN, openPlace, visit } from './support/place.ts';

const NAME = 'shop.yaml';

function shop(guests: number): string {
  const names = Array.from({ length: guests }, (_, index) => index);
  return [
    'topology: s-goes-on',
    'networks:',
    '  lan: { subnet: 10.77.0.0/24 }',
    'hosts:',
    '  box: { access: local, bridges: { br0: {} } }',
    'guests:',
    ...names.map((index) => `  web${String(index)}: { on: box, nics: { lan: 10.77.0.${String(index + 10)} } }`),
    '',
  ].join('\n');
}

test('a run goes on when the web process comes to grief, and is told of by the next one', async () => {
  await using place = await openPlace({ [NAME]: shop(1) });
  const path = join(place.topologies, NAME);
  const up = await execa(process.execPath, [MAIN, 'lab', 'up', path], { reject: false });
  expect(up.stdout + up.stderr).toContain('is up');
  try {
    await writeFile(path, shop(12));
    const site = await place.serve();
    const { client } = await visit(site);
    const params = { name: NAME };
    const plan = await client('POST /api/topologies/:name/plan', { params, body: { lab: true } });
    expect(plan.summary.add).toBeGreaterThan(0);
    const { run } = await client('POST /api/topologies/:name/apply', { params, body: { plan: plan.plan } });
    if (site.pid === undefined) throw new Error('it does not run');
    process.kill(site.pid, 'SIGKILL');
    await expect.poll(() => place.restarts.length, { timeout: 30_000 }).toBe(1);
    const outcome = async (): Promise<string> => (await client('GET /api/runs/:run', { params: { run } })).run.outcome;
    await expect.poll(outcome, { timeout: 30_000 }).toBe('applied');
  } finally {
    await execa(process.execPath, [MAIN, 'lab', 'down', path], { reject: false });
  }
});
