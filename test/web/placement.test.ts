import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Placement } from '../../server/api/schema/placement.ts';
import { cpuLevel, fullestFirst, memoryLevel } from '../../web/modes/failure/rooms.ts';
import type { Browser } from './browser.ts';
import { openBrowser } from './browser.ts';
import { onPage } from './on-page.ts';
import type { ServeProcess } from './serving.ts';
import { buildPage, startServe } from './serving.ts';

// A busy machine takes its time: what is wrong fails by what it says, not by when.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let folder = '';
let serving: ServeProcess;
let browser: Browser;

beforeAll(async () => {
  await buildPage();
  folder = await mkdtemp(join(tmpdir(), 'trunkline-placement-'));
  const source = new URL('../../topologies/resource-pool/resource-pool.yaml', import.meta.url);
  await cp(fileURLToPath(source), join(folder, 'resource-pool.yaml'));
  serving = await startServe(folder);
  browser = await openBrowser();
  browser.page.setDefaultTimeout(120_000);
  await browser.page.goto(serving.link);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await serving.stop();
  await rm(folder, { recursive: true });
});

test('the page tells how many servers may fail, the pair too many, and who is started where', async () => {
  const { page } = browser;
  await page.goto(`${serving.url}/?topology=resource-pool.yaml&mode=failure`);
  await onPage(page).mapDrawn('resource-pool');
  const panel = page.getByRole('region', { name: 'Failure' });
  await panel.getByText('1 host may fail').waitFor();
  expect(await panel.getByText(/30 protected on 8 hosts/).count()).toBe(1);
  expect(await panel.getByRole('table').first().getByRole('row').count()).toBe(19);
  expect(await panel.getByRole('meter', { name: 'memory of edge-1 in use' }).getAttribute('value')).toBe(
    String(15 * 2 ** 30),
  );
  const shots = process.env['SHOTS'];
  const shoot = async (name: string): Promise<void> => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}-${colorScheme}.png`) });
    }
  };
  await shoot('placement');
  const { violations } = await new AxeBuilder({ page }).include('.failure').analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  const pair = panel.getByRole('button', { name: 'large-2 + large-3' }).first();
  await pair.click();
  await panel.getByText('No place left').waitFor();
  const list = panel.locator('ul', { hasText: 'no other host has room' }).first();
  expect(await list.getByRole('listitem').allTextContents()).toEqual([expect.stringContaining('interactive-30')]);
  expect(await panel.getByText('Started elsewhere').count()).toBe(1);
  await shoot('placement-pair');
  expect(browser.complaints).toEqual([]);
});

const GIB = 2 ** 30;
const room = (host: string, cpus: number | null, memory: number | null, used: number): Placement['hosts'][number] => ({
  ...{ host, cpus, memory },
  used: { cpus: used, memory: used * GIB },
});

test('rooms are told as the file has them, the fullest first', () => {
  expect(cpuLevel(room('a', 8, null, 7))).toEqual({ used: 7, of: 8, text: '7 of 8', state: 'tight' });
  expect(memoryLevel(room('a', 8, null, 7))).toBeNull();
  expect(memoryLevel(room('a', null, 4 * GIB, 5))).toMatchObject({ text: '5G of 4G', state: 'over' });
  const list = [room('a', 8, null, 1), room('b', 8, 2 * GIB, 2), room('c', 8, null, 4)];
  expect(fullestFirst(list).map(({ host }) => host)).toEqual(['b', 'c', 'a']);
});
