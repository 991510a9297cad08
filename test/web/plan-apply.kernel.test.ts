/** A change from the page to a running lab: planned, drawn, applied, watched, kept or not, looked up, undone. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
const NAME = 'webplan';
const BEFORE = `topology: ${NAME}
networks:
  lan: { subnet: 10.61.1.0/24 }
  far: { subnet: 10.61.2.0/24 }
hosts:
  box: { access: local, bridges: { br0: { networks: [lan] }, br1: { networks: [far] } } }
guests:
  desk:  { on: box, nics: { lan: 10.61.1.10 } }
  bench: { on: box, nics: { far: 10.61.2.10 }, listens: [80/tcp] }
gateways:
  gw: { on: [box], runs: netns, nics: { lan: { address: 10.61.1.1 }, far: { address: 10.61.2.1 } } }
policy:
  - { allow: 80/tcp, from: desk, to: bench }
`;
const SECOND = BEFORE.replace(
  'gateways:',
  '  news:  { on: box, nics: { far: 10.61.2.20 }, listens: [80/tcp] }\ngateways:',
).replace('policy:\n', 'policy:\n  - { allow: 80/tcp, from: desk, to: news }\n');
/** And what was possible is so no longer. */
const THIRD = SECOND.replace('  - { allow: 80/tcp, from: desk, to: bench }\n', '');

/** A machine with much else to do draws late. */
const PATIENT = { timeout: 30_000 };

let root = '';
let file = '';
let serving: ServeProcess;
let browser: Browser;
let page: Page;
let on: OnPage;
let plan: Locator;
let history: Locator;
let banners: Locator;

const trunkline = (...words: readonly string[]): Promise<{ readonly stdout: string }> =>
  execa(process.execPath, [MAIN, ...words], { cwd: root });

beforeAll(async () => {
  await buildPage();
  root = await mkdtemp(join(tmpdir(), 'trunkline-web-lab-'));
  process.env['XDG_STATE_HOME'] = join(root, 'state');
  file = join(root, `${NAME}.yaml`);
  await writeFile(file, BEFORE);
  await trunkline('lab', 'up', file);
  serving = await startServe(root);
  browser = await openBrowser();
  page = browser.page;
  on = onPage(page);
  plan = page.getByRole('region', { name: 'Plan', exact: true });
  history = page.getByRole('region', { name: 'History', exact: true });
  banners = page.getByRole('region', { name: 'Runs under way' });
  await page.goto(serving.link);
  await on.mapDrawn(NAME);
}, 180_000);

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await serving.stop();
  await trunkline('lab', 'down', file);
  await rm(root, { recursive: true });
}, 120_000);

/** Nothing that keeps somebody from using it. */
async function usable(): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

async function planned(): Promise<void> {
  await plan
    .getByText(/^(Plan: |No changes)/)
    .first()
    .waitFor();
}

test('where nothing differs, there is nothing to apply', async () => {
  await page.keyboard.press('g');
  await plan.getByText('Running lab').click();
  await plan.getByText('No changes').waitFor();
  expect(await plan.getByRole('button', { name: 'Apply …' }).count()).toBe(0);
  await on.pictures('plan-nothing');
  await usable();
});

test('a plan is told to be stale once its file has changed, and is made anew with its marks on the map', async () => {
  await writeFile(file, SECOND);
  await plan.getByText('The file has changed since.').waitFor();
  await plan.getByRole('button', { name: 'Plan anew' }).first().click();
  await plan.getByText(/^Plan: \d+ to add/).waitFor();
  expect(await plan.getByText('The file has changed since.').count()).toBe(0);
  await plan
    .getByRole('listitem')
    .filter({ hasText: /veth pnews-\w+/ })
    .first()
    .waitFor();
  await expect.poll(() => on.marked('mark-added'), PATIENT).toContain('guest:news');
  expect(await on.marked('mark-added')).not.toContain('guest:desk');
  await on.pictures('plan-lab');
  await usable();
});

test('its commands are those of the command line, each with what takes it back', async () => {
  const { stdout } = await trunkline('plan', file, '--lab', '--json');
  const document = JSON.parse(stdout) as {
    readonly hosts: readonly {
      readonly steps: readonly {
        readonly title: string;
        readonly commands: readonly { readonly argv: readonly string[] }[];
      }[];
    }[];
  };
  const veth = document.hosts[0]?.steps.find(({ title }) => title.startsWith('veth pnews'));
  const row = plan
    .getByRole('listitem')
    .filter({ hasText: veth?.title ?? '' })
    .first();
  await row.getByRole('button').click();
  const said = await row.getByRole('region', { name: 'Commands' }).innerText();
  for (const { argv } of veth?.commands ?? []) expect(said).toContain(argv.slice(0, 3).join(' '));
  await row.getByRole('region', { name: 'Taken back by' }).waitFor();
});

test('what it opens has its rule, and can be followed', async () => {
  await plan.getByRole('tab', { name: /Traffic/ }).click();
  const opened = plan.getByRole('region', { name: 'Becomes possible' });
  await opened.getByText('80/tcp').first().waitFor();
  expect(await opened.innerText()).toContain('policy line');
  await on.pictures('plan-traffic-lab');
  await usable();
  await opened.getByRole('button', { name: /Follow it: 80\/tcp from desk to news/ }).click();
  const packet = page.getByRole('complementary', { name: 'Packet' });
  await packet.getByText('Delivered, and the answer comes back').waitFor();
  await page.goBack();
  await planned();
});

test('applied, it is watched, waits to be kept, survives a reload, and goes back', async () => {
  await plan.getByRole('button', { name: 'Apply …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Apply' }).waitFor();
  await usable();
  await on.pictures('plan-agree-lab');
  await dialog.getByRole('spinbutton').fill('4');
  const typed = dialog.getByRole('textbox');
  if ((await typed.count()) > 0) await typed.fill(NAME);
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await history
    .getByText(/Running|Waits for you/)
    .first()
    .waitFor();
  await banners.getByRole('button', { name: 'Keep' }).waitFor();
  await history.getByText('changed, verified', { exact: true }).waitFor();
  await on.pictures('run-waits');
  await usable();
  await page.reload();
  await banners.getByRole('timer').waitFor();
  expect(await banners.getByRole('timer').innerText()).toMatch(/^[0-3]:\d\d$/);
  await banners.getByRole('button', { name: 'Roll back now' }).click();
  await history.getByText('Undone').first().waitFor();
  expect(await banners.getByRole('button', { name: 'Keep' }).count()).toBe(0);
  await on.pictures('run-undone');
});

test('what closes something has to be agreed to by name; kept at once, it is in the history', async () => {
  await writeFile(file, THIRD);
  await page.keyboard.press('g');
  await plan.getByText('Running lab').click();
  await planned();
  await plan.getByRole('button', { name: 'Apply …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('No longer possible afterwards').waitFor();
  await dialog.getByLabel('Wait for me to keep it').uncheck();
  const apply = dialog.getByRole('button', { name: 'Apply' });
  expect(await apply.isDisabled()).toBe(true);
  await dialog.getByRole('textbox').fill('another');
  expect(await apply.isDisabled()).toBe(true);
  await dialog.getByRole('textbox').fill(NAME);
  await apply.click();
  await history
    .getByText(/^(Applied|Kept)$/)
    .first()
    .waitFor();
  await on.pictures('run-applied');
  await usable();
  await history.getByRole('tab', { name: /Output/ }).click();
  await history.getByRole('tab', { name: /Files/ }).click();
  await history.getByText('allow: 80/tcp, from: desk, to: news').waitFor();
  await history.getByRole('button', { name: 'All runs' }).click();
  const rows = history.getByRole('row');
  await expect.poll(() => rows.count(), PATIENT).toBeGreaterThanOrEqual(3);
  await history.getByText('Undone').first().waitFor();
  await on.pictures('history-lab');
  await usable();
});

test('the map of that time is drawn, whatever the file says by now', async () => {
  await writeFile(file, BEFORE);
  await page.keyboard.press('h');
  await history
    .getByRole('button', { name: /^Run of/ })
    .first()
    .click();
  await history
    .getByText(/^(Applied|Kept)$/)
    .first()
    .waitFor();
  await expect.poll(() => on.subjects(), PATIENT).not.toContain('guest:news');
  await history.getByLabel('Show the map of that time').check();
  await expect.poll(() => on.subjects(), PATIENT).toContain('guest:news');
  await on.pictures('run-then');
  await history.getByLabel('Show the map of that time').uncheck();
  await expect.poll(() => on.subjects(), PATIENT).not.toContain('guest:news');
});

test('a run that was kept is undone by a plan of its own', async () => {
  await history.getByRole('button', { name: 'Undo it …' }).click();
  await history.getByText(/^Plan: /).waitFor();
  await on.pictures('run-back-lab');
  await usable();
  await history.getByRole('button', { name: 'Undo it …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Wait for me to keep it').uncheck();
  const typed = dialog.getByRole('textbox');
  if ((await typed.count()) > 0) await typed.fill(NAME);
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await history.getByText('goes back', { exact: true }).first().waitFor();
  await history
    .getByText(/^(Applied|Kept)$/)
    .first()
    .waitFor();
  const { stdout } = await trunkline('plan', file, '--lab', '--json');
  expect((JSON.parse(stdout) as { summary: { hosts: number } }).summary.hosts).toBe(0);
});

test('what cannot be planned says why', async () => {
  await writeFile(file, (await readFile(file, 'utf8')).replace('access: local', 'access: ssh://root@127.0.0.1:9'));
  await page.keyboard.press('g');
  await plan.getByText('Real hosts').click();
  await plan.getByRole('alert').waitFor();
  await on.pictures('plan-failed');
  await usable();
});

test('the page has complained of nothing but the plan that failed', () => {
  expect(browser.complaints.filter((each) => !each.startsWith('Failed to load resource'))).toEqual([]);
});
