/** Files that a topology uses, in the editor: chosen, checked, saved, and put together where somebody else wrote them. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from './browser.ts';
import { openBrowser } from './browser.ts';
import type { OnPage } from './on-page.ts';
import { onPage } from './on-page.ts';
import type { ServeProcess } from './serving.ts';
import { buildPage, startServe } from './serving.ts';

const WHOLE = `topology: shop
use: [./parts/guests.yaml]
networks:
  lan: { subnet: 10.1.1.0/24 }
hosts:
  box: { access: local, bridges: { br0: {} } }
`;
const GUESTS = `guests:
  web1: { on: box, nics: { lan: 10.1.1.10 } }
`;

let folder = '';
let serving: ServeProcess;
let browser: Browser;
let page: Page;
let on: OnPage;

const part = (): Promise<string> => readFile(join(folder, 'shop/parts/guests.yaml'), 'utf8');
const chooser = (): Locator => page.getByRole('combobox', { name: 'File', exact: true });
const textOf = (file: string): Locator => page.getByRole('textbox', { name: `Text of ${file}` });
const typed = async (file: string): Promise<string> =>
  (await textOf(file).locator('.cm-line').allInnerTexts()).join('\n');

beforeAll(async () => {
  await buildPage();
  folder = await mkdtemp(join(tmpdir(), 'trunkline-parts-'));
  await mkdir(join(folder, 'shop/parts'), { recursive: true });
  await writeFile(join(folder, 'shop/shop.yaml'), WHOLE);
  await writeFile(join(folder, 'shop/parts/guests.yaml'), GUESTS);
  serving = await startServe(folder);
  browser = await openBrowser();
  page = browser.page;
  on = onPage(page);
  await page.goto(serving.link);
  await on.mapDrawn('shop');
  await page.keyboard.press('e');
  await textOf('shop/shop.yaml').waitFor();
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await serving.stop();
  await rm(folder, { recursive: true });
});

test('what is clicked on the map opens the file that it is written in, at its line', async () => {
  await on.clickOnMap('guest:web1');
  await textOf('shop/parts/guests.yaml').waitFor();
  expect(await chooser().inputValue()).toBe('shop/parts/guests.yaml');
  expect(await typed('shop/parts/guests.yaml')).toContain('web1: { on: box');
  await page.keyboard.type('# here ');
  await expect.poll(() => typed('shop/parts/guests.yaml')).toContain('\n  # here web1:');
  await page.keyboard.press('Control+z');
  await page.getByText('Nothing wrong').waitFor();
});

test('a draft of it is checked with the whole, and its errors are in its own text', async () => {
  const text = textOf('shop/parts/guests.yaml');
  await text.press('Control+End');
  await page.keyboard.type('  web2: { on: nobox, nics: { lan: 10.1.1.11 } }');
  await page.keyboard.press('Escape');
  await page.getByText('1 error').waitFor();
  expect(await text.locator('.cm-lintRange-error').innerText()).toBe('nobox');
  await on.pictures('edit-part-error');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);

  // From the other file, the problem of this one is not there: that is of the draft, and the draft is kept.
  await chooser().selectOption('shop/shop.yaml');
  await textOf('shop/shop.yaml').waitFor();
  await page.getByText('Nothing wrong').waitFor();
  expect(await chooser().locator('option').allInnerTexts()).toEqual([
    'shop/shop.yaml',
    'shop/parts/guests.yaml (part) • not saved',
  ]);
  await chooser().selectOption('shop/parts/guests.yaml');
  await page.getByText('What you had not saved is back.').waitFor();
  expect(await part()).toBe(GUESTS);
});

test('saved, it is on the disk and on the map', async () => {
  const text = textOf('shop/parts/guests.yaml');
  await text.locator('.cm-lintRange-error').dblclick();
  await page.keyboard.type('box');
  await page.getByText('Nothing wrong').waitFor();
  await page.keyboard.press('Control+s');
  await page.getByText('Saved.').waitFor();
  expect(await part()).toBe(`${GUESTS}  web2: { on: box, nics: { lan: 10.1.1.11 } }`);
  expect(await readFile(join(folder, 'shop/shop.yaml'), 'utf8')).toBe(WHOLE);
  await expect.poll(() => on.subjects()).toContain('guest:web2');
});

test('what somebody else wrote meanwhile is not written over', async () => {
  const text = textOf('shop/parts/guests.yaml');
  await text.press('Control+End');
  await page.keyboard.type('\n# mine');
  await writeFile(join(folder, 'shop/parts/guests.yaml'), `${GUESTS}# theirs\n`);
  await page.keyboard.press('Control+s');
  await page.getByRole('textbox', { name: 'The file as it is now' }).waitFor();
  await page.getByText('shop/parts/guests.yaml was changed by somebody else meanwhile.', { exact: false }).waitFor();
  expect(await part()).toBe(`${GUESTS}# theirs\n`);
  await on.pictures('edit-part-conflict');
  await page.keyboard.press('Control+s');
  await page.getByText('Saved.').waitFor();
  expect(await part()).toContain('# mine');
});

test('a problem in another file is a way to it', async () => {
  await writeFile(join(folder, 'shop/parts/guests.yaml'), GUESTS.replace('10.1.1.10', '10.1.1.300'));
  await page.goto(`${serving.url}/?topology=shop/shop.yaml&mode=edit`);
  await textOf('shop/shop.yaml').waitFor();
  await page
    .getByRole('region', { name: 'Problems' })
    .getByRole('button', { name: /shop\/parts\/guests\.yaml:2/ })
    .click();
  const text = textOf('shop/parts/guests.yaml');
  await text.waitFor();
  await text.locator('.cm-lintRange-error').waitFor();
  await page.reload();
  await text.waitFor();
});

test('the page has complained of nothing but the save that was refused', () => {
  expect(browser.complaints.filter((each) => !each.includes('409'))).toEqual([]);
});
