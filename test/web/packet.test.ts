import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Browser } from './browser.ts';
import { openBrowser } from './browser.ts';
import type { OnPage } from './on-page.ts';
import { onPage } from './on-page.ts';
import type { ServeProcess } from './serving.ts';
import { buildPage, startServe } from './serving.ts';

const OFFICE = fileURLToPath(new URL('../../topologies/office', import.meta.url));

let folder = '';
let serving: ServeProcess;
let browser: Browser;
let page: Page;
let on: OnPage;
let panel: Locator;

beforeAll(async () => {
  await buildPage();
  folder = await mkdtemp(join(tmpdir(), 'trunkline-packet-'));
  await cp(OFFICE, folder, { recursive: true });
  serving = await startServe(folder);
  browser = await openBrowser();
  page = browser.page;
  on = onPage(page);
  panel = page.getByRole('complementary', { name: 'Packet' });
  await page.goto(serving.link);
  await on.mapDrawn('office');
});

afterEach(async () => {
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await serving.stop();
  await rm(folder, { recursive: true });
});

async function follow(from: string, to: string, port: string): Promise<void> {
  await page.getByRole('button', { name: 'Packet' }).click();
  await panel.getByLabel('From').fill(from);
  await panel.getByLabel('To').fill(to);
  await panel.getByLabel('Port').fill(port);
  await panel.getByRole('button', { name: 'Follow it' }).click();
}

const DELIVERED = 'Delivered, and the answer comes back';

test('is followed to where it ends, with its translation, and lights up on the map', async () => {
  await follow('internet', '192.0.2.10', '443/tcp');
  await panel.getByText(DELIVERED).waitFor();
  const hops = await panel.getByRole('list').first().getByRole('listitem').allInnerTexts();
  expect(hops[0]).toContain('internet sends');
  expect(hops.find((each) => each.includes('translates'))).toContain('→ 10.20.0.10:8443');
  expect(hops.at(-1)).toContain('web delivers');
  expect([...(await on.bright())].sort()).toEqual(['gateway:gw', 'guest:web']);
  await on.pictures('packet');
});

test('that is allowed by a line of the file names the line', async () => {
  await follow('desk', 'bench', '5000/tcp');
  await panel.getByText(DELIVERED).waitFor();
  await panel
    .getByText(/^office\.yaml:\d+/)
    .first()
    .waitFor();
});

test('that is refused shows where, and by what', async () => {
  await follow('bench', 'mail', '143/tcp');
  await panel.getByText('Dropped, without a word').waitFor();
  const hops = await panel.getByRole('listitem').allInnerTexts();
  expect(hops.at(-1)).toContain('gw@server drops');
  expect(await on.bright()).not.toContain('guest:mail');
  await on.pictures('packet-refused');
});

test('two clicks on the map say from where and to where; without its host it does not arrive', async () => {
  await page.keyboard.press('p');
  await panel.waitFor();
  await on.clickOnMap('guest:desk');
  await on.clickOnMap('guest:bench');
  await expect.poll(() => panel.getByLabel('From').inputValue()).toBe('desk');
  await expect.poll(() => panel.getByLabel('To').inputValue()).toBe('bench');
  await panel.getByLabel('Port').fill('5000/tcp');
  await page.keyboard.press('Enter');
  await panel.getByText(DELIVERED).waitFor();
  await panel.getByLabel('server').check();
  await panel.getByRole('button', { name: 'Follow it' }).click();
  await panel
    .getByText(/No way there|Dropped|Cannot be said/)
    .first()
    .waitFor();
  expect(await panel.getByText(DELIVERED).count()).toBe(0);
  await on.pictures('packet-host-down');
});

test('the page has not complained so far', () => {
  expect(browser.complaints).toEqual([]);
});

test('to somebody who is not there is answered in words, and what was typed stays text', async () => {
  await follow('desk', '<img src=x>', '80/tcp');
  expect(await panel.getByRole('alert').innerText()).toContain('<img src=x>');
  expect(await panel.locator('img').count()).toBe(0);
});
