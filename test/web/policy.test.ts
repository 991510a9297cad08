import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Browser } from './browser.ts';
import { openBrowser } from './browser.ts';
import type { OnPage } from './on-page.ts';
import { onPage } from './on-page.ts';
import type { ServeProcess } from './serving.ts';
import { buildPage, startServe } from './serving.ts';

// A busy machine takes its time: what is wrong fails by what it says, not by when.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let folder = '';
let serving: ServeProcess;
let browser: Browser;
let page: Page;
let on: OnPage;

beforeAll(async () => {
  await buildPage();
  folder = await mkdtemp(join(tmpdir(), 'trunkline-policy-'));
  for (const name of ['office', 'vgw-cluster'])
    await cp(
      fileURLToPath(new URL(`../../topologies/${name}/${name}.yaml`, import.meta.url)),
      join(folder, `${name}.yaml`),
    );
  serving = await startServe(folder);
  browser = await openBrowser();
  page = browser.page;
  page.setDefaultTimeout(120_000);
  on = onPage(page);
  await page.goto(serving.link);
});

let heard = 0;

afterEach(() => {
  const complaints = browser.complaints.slice(heard);
  heard = browser.complaints.length;
  expect(complaints).toEqual([]);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await serving.stop();
  await rm(folder, { recursive: true });
});

async function open(topology: string, mode: 'policy' | 'failure', kept = ''): Promise<Locator> {
  await page.goto(`${serving.url}/?topology=${topology}.yaml&mode=${mode}${kept}`);
  await on.mapDrawn(topology);
  return page.getByRole('region', { name: mode === 'policy' ? 'Policy' : 'Failure' });
}

/** What axe finds, and is not of small weight. */
async function faults(): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page: page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

test('a cell opens what is open there, by its line, and lights the way', async () => {
  const side = await open('office', 'policy');
  const cell = side.getByRole('gridcell', { name: 'lan to lab: 5000/tcp' });
  await cell.click();
  const detail = side.getByRole('article', { name: 'What is open' });
  await detail.getByRole('button', { name: 'office.yaml:49' }).waitFor();
  await detail.getByText('desk → bench').waitFor();
  expect([...(await on.bright())].sort()).toEqual(['gateway:gw', 'guest:bench', 'guest:desk']);
  await on.pictures('policy');
  expect(await faults()).toEqual([]);
  await detail.getByRole('button', { name: 'follow one' }).click();
  const query = new URL(page.url()).searchParams;
  expect([query.get('mode'), query.get('port')]).toEqual(['packet', '5000/tcp']);
});

test('what is closed says so, and a packet says why', async () => {
  const side = await open('office', 'policy');
  await side.getByRole('gridcell', { name: 'lab to lan: nothing' }).click();
  await side.getByText('Nothing gets through').waitFor();
  await side.getByRole('button', { name: 'Why not?' }).click();
  const query = new URL(page.url()).searchParams;
  expect([query.get('from'), query.get('to')]).toEqual(['bench', 'desk']);
});

test('arrows go from cell to cell, Enter opens one', async () => {
  const side = await open('office', 'policy');
  await side.locator('td[tabindex="0"]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await side.getByRole('article', { name: 'What is open' }).waitFor();
  expect(await side.locator('td[aria-selected="true"]').count()).toBe(1);
});

test('thirty networks fit, and are narrowed down', async () => {
  const side = await open('vgw-cluster', 'policy');
  await side.getByRole('grid').waitFor();
  await on.pictures('policy-many');
  const before = await side.locator('tbody tr').count();
  await side.getByRole('searchbox').fill('p1-');
  await expect.poll(() => side.locator('tbody tr').count()).toBeLessThan(before);
  expect(await faults()).toEqual([]);
});

test('a host that is taken down on the map: what takes over is said', async () => {
  const side = await open('vgw-cluster', 'failure');
  await side.getByText('Two at once that lose what neither loses alone').waitFor();
  await on.pictures('failure-worst');
  await side.getByRole('button', { name: 'gw-x', exact: true }).first().click();
  await side.getByText('Every line of the file is kept').waitFor();
  await side.getByText('14 gateways taken over').waitFor();
  await on.pictures('failure-taken-over');
  expect(await faults()).toEqual([]);
});

test('a pair that loses everything: what is lost, and a packet that shows it', async () => {
  const side = await open('vgw-cluster', 'failure');
  await side.getByRole('button', { name: 'gw-x + gw-y' }).click();
  await side.getByText(/lines of the file not kept/).waitFor();
  expect(new URL(page.url()).searchParams.get('down')).toBe('gw-x,gw-y');
  await on.pictures('failure-lost');
  await side.getByRole('button', { name: 'follow it' }).first().click();
  expect(new URL(page.url()).searchParams.get('without')).toBe('gw-x,gw-y');
});

test('a click on the map takes a host down and up again', async () => {
  const side = await open('office', 'failure');
  await side.getByText('Each host alone').waitFor();
  await on.clickOnMap('guest:desk');
  await side.getByText(/lines of the file not kept/).waitFor();
  await on.pictures('failure-office');
  await on.clickOnMap('guest:desk');
  await side.getByText('Each host alone').waitFor();
});
