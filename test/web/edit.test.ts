import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { execa } from 'execa';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from './browser.ts';
import { openBrowser } from './browser.ts';
import type { OnPage } from './on-page.ts';
import { onPage } from './on-page.ts';
import type { ServeProcess } from './serving.ts';
import { buildPage, startServe } from './serving.ts';

const CLI = new URL('../../server/cli/main.ts', import.meta.url).pathname;

const FILE = `topology: demo
description: One network on two hosts

networks:
  lan: { vlan: 20, subnet: 10.1.1.0/24 }

hosts:
  box:
    access: ssh://root@box.example.net
    bridges: { br0: { ports: [eno1] } }
  far:
    access: ssh://root@far.example.net
    bridges: { br0: { ports: [eno1] } }

guests:
  web1: { on: box, nics: { lan: 10.1.1.10 }, listens: [80/tcp] }
  db1: { on: far, nics: { lan: 10.1.1.20 } }
`;
const HOSTILE = `topology: hostile
description: "<img src=x onerror=document.title='owned'>\\u202e"
networks: { lan: { subnet: 10.1.1.0/24 } }
hosts: { box: { access: local, bridges: { br0: {} } } }
guests: { "<b>bold</b>": { on: "<script>document.title='owned'</script>" } }
`;

let folder = '';
let serving: ServeProcess;
let browser: Browser;
let page: Page;
let on: OnPage;
let text: Locator;

const disk = (file = 'demo.yaml'): Promise<string> => readFile(join(folder, file), 'utf8');
const button = (name: string): Locator => page.getByRole('button', { name, exact: true });

async function open(file: string): Promise<void> {
  await page.goto(`${serving.url}/?topology=${file}&mode=edit`);
  text = page.getByRole('textbox', { name: `Text of ${file}` });
  await text.waitFor();
}

/** Puts the cursor behind a piece of the text, as a person does by finding it. */
async function cursorAfter(piece: string): Promise<void> {
  await text.press('Control+Home');
  const before = (await typed()).split(piece)[0] ?? '';
  const lines = before.split('\n');
  for (let line = 1; line < lines.length; line += 1) await page.keyboard.press('ArrowDown');
  const column = (lines.at(-1) ?? '').length + piece.length;
  for (let at = 0; at < column; at += 1) await page.keyboard.press('ArrowRight');
}

const typed = async (): Promise<string> =>
  (await text.locator('.cm-line').allInnerTexts()).map((line) => line.replace(/^\n$/, '')).join('\n');

beforeAll(async () => {
  await buildPage();
  folder = await mkdtemp(join(tmpdir(), 'trunkline-edit-'));
  await writeFile(join(folder, 'demo.yaml'), FILE);
  await writeFile(join(folder, 'hostile.yaml'), HOSTILE);
  serving = await startServe(folder);
  browser = await openBrowser();
  page = browser.page;
  on = onPage(page);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(serving.link);
  await page.getByRole('combobox', { name: 'Topology' }).waitFor();
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await serving.stop();
  await rm(folder, { recursive: true });
});

test('the key e opens the file beside the map', async () => {
  await on.mapDrawn('demo');
  await page.keyboard.press('e');
  text = page.getByRole('textbox', { name: 'Text of demo.yaml' });
  await text.waitFor();
  expect(await typed()).toBe(FILE);
  await page.getByText('Nothing wrong').waitFor();
  await on.pictures('edit');
});

test('an error is seen in the text with the words of `check`, and the map stays', async () => {
  await cursorAfter('web1: { on: ');
  await page.keyboard.type('no');
  await page.keyboard.press('Escape');
  await page.getByText('1 error').waitFor();
  await page.keyboard.press('F8');
  await writeFile(join(folder, 'copy.txt'), FILE.replace('on: box', 'on: nobox'));
  const { stdout } = await execa(process.execPath, [CLI, 'check', 'copy.txt', '--json'], {
    cwd: folder,
    reject: false,
  });
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { severity: string; summary: string; detail: string; hint: string }[];
  };
  const told = diagnostics.find(({ severity }) => severity === 'error');
  const shown = page.getByRole('region', { name: 'Problems' });
  await shown.getByText(told?.detail ?? '-').waitFor();
  expect(told?.hint).not.toBe('');
  expect(await text.locator('.cm-lintRange-error').innerText()).toBe('nobox');
  await text.locator('.cm-lintRange-error').hover();
  await page
    .locator('.cm-tooltip')
    .getByText(told?.detail ?? '-')
    .waitFor();
  await on.pictures('edit-error');
  expect(await disk()).toBe(FILE);
});

test('mended, the draft is on the map before it is saved', async () => {
  await cursorAfter('web1: { on: no');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  await cursorAfter('db1: { on: far, nics: { lan: 10.1.1.20 } }');
  await page.keyboard.press('Enter');
  await page.keyboard.type('web9: { on: box, nics: { lan: 10.1.1.90 } }');
  await page.keyboard.press('Escape');
  await expect.poll(() => on.bright()).toContain('guest:web9');
  await page.getByText('Nothing wrong').waitFor();
  expect(await disk()).toBe(FILE);
  await on.pictures('edit-draft');
});

test('completion chooses a key, and a name that is defined elsewhere', async () => {
  await cursorAfter('web9: { on: box, nics: { lan: 10.1.1.90 } }');
  await page.keyboard.press('Enter');
  await page.keyboard.type('app:');
  await page.keyboard.press('Enter');
  await page.keyboard.type('  o');
  await page.getByRole('option', { name: /^on/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('option', { name: /^far/ }).waitFor();
  await on.pictures('edit-completion');
  await page.keyboard.type('fa');
  await page.getByRole('option', { name: /^far/ }).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(typed).toContain('  app:\n    on: far');
});

test('a key says what it is for', async () => {
  await text.locator('.cm-line', { hasText: 'subnet' }).getByText('subnet').hover();
  await page.locator('.cm-explained').getByText('prefix', { exact: false }).first().waitFor();
  await on.pictures('edit-hover');
  await page.mouse.move(5, 5);
});

test('what was typed stands beside what is saved; undo goes on through it', async () => {
  await button('Compare').click();
  await page.getByRole('textbox', { name: 'The saved file' }).waitFor();
  expect(await page.locator('.cm-merge-b .cm-changedLine').count()).toBeGreaterThan(0);
  await on.pictures('edit-compare');
  await button('Compare').click();
  await page.getByRole('textbox', { name: 'The saved file' }).waitFor({ state: 'detached' });
  const before = await typed();
  await text.press('Control+z');
  await expect.poll(typed).not.toBe(before);
  await text.press('Control+y');
  await expect.poll(typed).toBe(before);
});

test('a click on the map goes to the line, and Alt-Enter goes back to the map', async () => {
  await on.clickOnMap('guest:db1');
  await expect.poll(() => text.locator('.cm-activeLine').innerText()).toContain('db1:');
  await cursorAfter('  box:');
  await page.keyboard.press('Alt+Enter');
  await expect.poll(() => new URL(page.url()).searchParams.get('chosen')).toBe('host:box');
  await on.pictures('edit-jump');
});

test('Ctrl-S writes what was typed, byte by byte', async () => {
  const mine = await typed();
  await text.press('Control+s');
  await page.getByText('Saved.').waitFor();
  expect(await disk()).toBe(mine);
  expect(await button('Save').isDisabled()).toBe(true);
});

test('where somebody else wrote the file, both texts stand side by side', async () => {
  await cursorAfter('access: ssh://root@far.example.net');
  await page.keyboard.type(' # mine');
  await page.getByText('not saved', { exact: true }).waitFor();
  const theirs = (await disk()).replace('One network', 'Theirs');
  // As editors write: a file that is being written is none for a moment.
  await writeFile(join(folder, 'demo.new'), theirs);
  await rename(join(folder, 'demo.new'), join(folder, 'demo.yaml'));
  await text.press('Control+s');
  await page.getByRole('textbox', { name: 'The file as it is now' }).waitFor();
  await page.getByText('was changed by somebody else', { exact: false }).waitFor();
  expect(await disk()).toBe(theirs);
  await on.pictures('edit-conflict');
  await page.getByRole('button', { name: 'Take this over from the left' }).first().click();
  await text.press('Control+s');
  await page.getByText('Saved.').waitFor();
  expect(await disk()).toContain('Theirs');
  expect(await disk()).toContain('# mine');
});

test('leaving with changes asks; what is kept for later is there again', async () => {
  await text.press('Control+Home');
  await page.keyboard.press('End');
  await page.keyboard.type(' # later');
  await button('Close').click();
  const dialog = page.getByRole('dialog', { name: 'Your changes are not saved' });
  await dialog.waitFor();
  await on.pictures('edit-leave');
  await dialog.getByRole('button', { name: 'Stay' }).click();
  await button('Close').click();
  await dialog.getByRole('button', { name: 'Keep for later' }).click();
  await text.waitFor({ state: 'detached' });
  await page.keyboard.press('e');
  await text.waitFor();
  expect(await typed()).toContain('# later');
  await button('Close').click();
  await dialog.getByRole('button', { name: 'Discard' }).click();
  await text.waitFor({ state: 'detached' });
  expect(await disk()).not.toContain('# later');
});

test('a text of others is text: in the editor, its messages and its tooltips', async () => {
  await open('hostile.yaml');
  await page
    .getByRole('region', { name: 'Problems' })
    .getByText(/\d+ errors?$/)
    .waitFor();
  await on.pictures('edit-hostile');
  expect(await page.locator('img').count()).toBe(0);
  expect(await page.title()).toBe('Trunkline');
});

test('nothing serious stands in the way of people who use it otherwise', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await open('demo.yaml');
    await page.getByRole('region', { name: 'Problems' }).waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))])).toEqual([]);
  }
});

test('the page never broke its policy', () => {
  const refusals = browser.complaints.filter((each) => !each.includes('409'));
  expect(refusals).toEqual([]);
});
