/** A run over several hosts from the page: which goes first, how many at a time, and what its output says afterwards. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');
const NAME = 'bwebmany';
const HOSTS = ['one', 'two', 'three'];

/** Hosts that have nothing to do with each other. */
function text(guests: boolean): string {
  return [
    `topology: ${NAME}`,
    'networks:',
    ...HOSTS.map((host, at) => `  n-${host}: { subnet: 10.62.${String(at)}.0/24 }`),
    'hosts:',
    ...HOSTS.map(
      (host) => `  ${host}: { access: "ssh://root@${host}.example", bridges: { br0: { networks: [n-${host}] } } }`,
    ),
    ...(guests ? ['guests:'] : []),
    ...(guests
      ? HOSTS.map((host, at) => `  g-${host}: { on: ${host}, nics: { n-${host}: 10.62.${String(at)}.10 } }`)
      : []),
    '',
  ].join('\n');
}

let root = '';
let file = '';
let serving: ServeProcess;
let browser: Browser;
let page: Page;
let on: OnPage;
let plan: Locator;
let history: Locator;

const trunkline = (...words: readonly string[]): Promise<{ readonly stdout: string }> =>
  execa(process.execPath, [MAIN, ...words], { cwd: root });

beforeAll(async () => {
  await buildPage();
  root = await mkdtemp(join(tmpdir(), 'trunkline-web-many-'));
  process.env['XDG_STATE_HOME'] = join(root, 'state');
  file = join(root, `${NAME}.yaml`);
  await writeFile(file, text(false));
  await trunkline('lab', 'up', file);
  await writeFile(file, text(true));
  serving = await startServe(root);
  browser = await openBrowser();
  page = browser.page;
  on = onPage(page);
  plan = page.getByRole('region', { name: 'Plan', exact: true });
  history = page.getByRole('region', { name: 'History', exact: true });
  await page.goto(serving.link);
  await on.mapDrawn(NAME);
}, 180_000);

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await serving.stop();
  await trunkline('lab', 'down', file);
  await rm(root, { recursive: true });
}, 120_000);

test('the host that is said goes first, alone, and the others one by one', async () => {
  await page.keyboard.press('g');
  await plan.getByText('Running lab').click();
  await plan.getByText(/^Plan: \d+ to add/).waitFor();
  await plan.getByRole('button', { name: 'Apply …' }).click();
  const dialog = page.getByRole('dialog');
  const many = dialog.getByRole('group', { name: '3 hosts change' });
  await many.getByRole('combobox', { name: 'First, alone' }).selectOption('two');
  const parallel = many.getByRole('spinbutton', { name: 'At a time, at most' });
  await parallel.fill('0');
  await dialog.getByLabel('Wait for me to keep it').uncheck();
  expect(await dialog.getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true);
  await parallel.fill('1');
  await many.getByLabel(/go on with those/).check();
  await many.getByText('What was done on the others is kept').waitFor();
  await on.pictures('plan-agree-many');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  const typed = dialog.getByRole('textbox');
  if ((await typed.count()) > 0) await typed.fill(NAME);
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await history
    .getByText(/^(Applied|Kept)$/)
    .first()
    .waitFor();
});

test('its output is in the history, also once the page was opened anew', async () => {
  await page.reload();
  await history.getByRole('tab', { name: /Output/ }).click();
  const lines = history.getByRole('list', { name: 'Lines, in order' }).getByRole('listitem');
  await lines.first().waitFor();
  const said = (await lines.allInnerTexts()).map((line) => line.replace(/^\S+( [AP]M)? /, ''));
  const changing = said.flatMap((line) => /^(\w+): \d+ steps$/.exec(line)?.slice(1) ?? []);
  expect(changing).toHaveLength(3);
  expect(changing[0]).toBe('two');
  const [, next = ''] = changing;
  expect(said.indexOf('two: applied and verified')).toBeLessThan(
    said.findIndex((line) => line.startsWith(`${next}: `) && line.endsWith('steps')),
  );
  await on.pictures('run-output-many');
});

test('the audit is of what the file wants, or of the hosts as they are', async () => {
  await page.keyboard.press('u');
  const audit = page.getByRole('region', { name: 'Audit', exact: true });
  const audited = audit.getByRole('group', { name: 'Audited' });
  await audit.getByRole('group', { name: 'Table' }).waitFor();
  expect(await audited.getByRole('button', { name: 'As written' }).getAttribute('aria-pressed')).toBe('true');
  await trunkline('lab', 'exec', file, 'one', '--', 'nft', 'add table ip byhand');
  await audited.getByRole('button', { name: 'Running lab' }).click();
  await audit.getByRole('button', { name: 'Read anew' }).waitFor();
  await audit.getByRole('group', { name: 'Table' }).waitFor();
  await on.pictures('audit-lab');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  // Hosts that are not there: it is said, and the way back is open.
  await audited.getByRole('button', { name: 'Real hosts' }).click();
  await audit.getByRole('alert').waitFor();
  await on.pictures('audit-hosts-failed');
  await audited.getByRole('button', { name: 'As written' }).click();
  await audit.getByRole('group', { name: 'Table' }).waitFor();
  expect(browser.complaints.filter((each) => !each.startsWith('Failed to load resource'))).toEqual([]);
});
