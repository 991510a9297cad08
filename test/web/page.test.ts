import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from './browser.ts';
import { openBrowser } from './browser.ts';
import type { ServeProcess } from './serving.ts';
import { buildPage, startServe } from './serving.ts';
import { siteText } from './sites.ts';
import type { OnPage } from './on-page.ts';
import { onPage } from './on-page.ts';

const SHIPPED = fileURLToPath(new URL('../../topologies', import.meta.url));

const HOSTILE = `topology: hostile
description: "<img src=x onerror=document.title='owned'><b>bold</b>"
networks:
  lan: { subnet: 10.1.1.0/24 }
hosts:
  box: { access: local, bridges: { br0: {} } }
guests:
  web1: { on: box, nics: { lan: 10.1.1.10 }, description: "<script>document.title='owned'</script>" }
`;

let folder = '';
let serving: ServeProcess;
let browser: Browser;
let page: Page;
let show: OnPage['show'];
let mapDrawn: OnPage['mapDrawn'];
let pictures: OnPage['pictures'];
let clickOnMap: OnPage['clickOnMap'];

beforeAll(async () => {
  await buildPage();
  folder = await mkdtemp(join(tmpdir(), 'trunkline-page-'));
  await cp(SHIPPED, folder, { recursive: true });
  const files = {
    'small.yaml': siteText('small', { hosts: 1, networks: 2, guests: 3 }),
    'medium.yaml': siteText('medium', { hosts: 3, networks: 4, guests: 30 }),
    'large.yaml': siteText('large', { hosts: 25, networks: 10, guests: 500 }),
    'hostile.yaml': HOSTILE,
    'wrong.yaml': 'topology: wrong\nnetworks:\n  lan: { subnet: 10.1.1.0/33 }\n"<img src=x>": {}\ngusts: {}\n',
  };
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  serving = await startServe(folder);
  browser = await openBrowser();
  page = browser.page;
  ({ show, mapDrawn, pictures, clickOnMap } = onPage(page));
  await page.goto(serving.link);
  await page.getByRole('combobox', { name: 'Topology' }).waitFor();
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await serving.stop();
  await rm(folder, { recursive: true });
});

test('a click on a guest shows its address; Escape closes the panel', async () => {
  await show('office/office.yaml');
  await mapDrawn('office');
  await clickOnMap('guest:web');
  const panel = page.getByRole('complementary', { name: 'Guest web' });
  await panel.getByText('10.20.0.10').first().waitFor();
  await pictures('office-guest');
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
});

test('the search finds a guest by its address, and the list opens it', async () => {
  await show('app-vlans/app-vlans.yaml');
  await mapDrawn('app-vlans');
  await page.getByRole('searchbox', { name: 'Find a node' }).fill('10.1.3.10');
  const nodes = page.getByRole('navigation', { name: 'Nodes' }).getByRole('button');
  await expect.poll(() => nodes.count()).toBe(1);
  await nodes.first().click();
  await page.getByRole('complementary', { name: 'Guest db1' }).getByText('10.1.3.10').first().waitFor();
  await page.getByRole('searchbox', { name: 'Find a node' }).fill('');
  await page.keyboard.press('Escape');
});

test.each(['office', 'app-vlans', 'overlay'])('%s is drawn', async (name) => {
  await show(`${name}/${name}.yaml`);
  await mapDrawn(name);
  await pictures(name);
});

test.each(['small', 'medium'])('%s site is drawn open', async (name) => {
  await show(`${name}.yaml`);
  await mapDrawn(name);
  await pictures(name);
  await clickOnMap('guest:vm1');
  await page.getByRole('complementary', { name: 'Guest vm1' }).waitFor();
  await page.keyboard.press('Escape');
});

test('a large site is drawn collapsed; a double click opens a host', async () => {
  await show('large.yaml');
  await mapDrawn('large');
  await pictures('large');
  await clickOnMap('host:hv3', 2);
  await page.getByRole('button', { name: 'Collapse on the map' }).waitFor();
  await page.keyboard.press('Escape');
  await pictures('large-open');
  await clickOnMap('guest:vm2');
  await page.getByRole('complementary', { name: 'Guest vm2' }).waitFor();
  await page.keyboard.press('Escape');
});

test('a wrong file shows what is wrong, with its place', async () => {
  await show('wrong.yaml');
  await page.getByRole('heading', { name: 'The file is wrong' }).waitFor();
  const said = await page.getByRole('main', { name: 'Diagnostics' }).innerText();
  for (const wrong of ['gusts', '<img src=x>', '`33`', 'wrong.yaml:3:']) expect(said).toContain(wrong);
  expect(await page.locator('img').count()).toBe(0);
  await pictures('wrong');
});

test('hostile text stays text', async () => {
  await show('hostile.yaml');
  await mapDrawn('hostile');
  await clickOnMap('guest:web1');
  await page.getByRole('complementary', { name: 'Guest web1' }).waitFor();
  expect(await page.locator('.description').innerText()).toContain(
    "<img src=x onerror=document.title='owned'><b>bold</b>",
  );
  expect(await page.locator('img, b:not(.counts b), script:not([src])').count()).toBe(0);
  expect(await page.title()).toBe('Trunkline');
  await pictures('hostile');
  await page.keyboard.press('Escape');
});

test('the page follows the file when the window comes back', async () => {
  await show('small.yaml');
  await mapDrawn('small');
  await writeFile(join(folder, 'small.yaml'), siteText('small', { hosts: 1, networks: 2, guests: 4 }));
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await page.getByRole('button', { name: 'vm4' }).waitFor();
});

test('everything can be reached with the keyboard', async () => {
  await show('office/office.yaml');
  await mapDrawn('office');
  await page.getByRole('searchbox', { name: 'Find a node' }).focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('complementary').waitFor();
  await page.keyboard.press('Escape');
  expect(await page.getByRole('complementary').count()).toBe(0);
});

test('the page never broke its policy, nor complained', () => {
  expect(browser.complaints).toEqual([]);
});

test('another browser without a link gets nothing', async () => {
  await using other = await openBrowser();
  await other.page.goto(serving.url);
  expect(await other.page.locator('body').innerText()).toContain(
    'Use the link that was printed when the server was started',
  );
  await other.page.goto(serving.link);
  expect(await other.page.locator('body').innerText()).toContain('This link was used before');
});
