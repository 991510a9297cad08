/** One change as somebody makes it who looks rather than reads: from opening the page to the picture for the record, on a running lab. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
const OVERLAY = join(import.meta.dirname, '../../topologies/overlay/overlay.yaml');
const NAME = 'webway';
const ALLOW = '{ allow: 3260/tcp, from: app, to: disk }';

let root = '';
let file = '';
let before = '';
let serving: ServeProcess;
let browser: Browser;
let page: Page;
let on: OnPage;
let text: Locator;
let plan: Locator;
let history: Locator;
let banners: Locator;

const trunkline = (...words: readonly string[]): Promise<{ readonly stdout: string }> =>
  execa(process.execPath, [MAIN, ...words], { cwd: root });

beforeAll(async () => {
  await buildPage();
  root = await mkdtemp(join(tmpdir(), 'trunkline-web-way-'));
  process.env['XDG_STATE_HOME'] = join(root, 'state');
  file = join(root, `${NAME}.yaml`);
  before = (await readFile(OVERLAY, 'utf8')).replace('topology: overlay', `topology: ${NAME}`);
  await writeFile(file, before);
  await trunkline('lab', 'up', file);
  serving = await startServe(root);
  browser = await openBrowser();
  page = browser.page;
  on = onPage(page);
  page.on('dialog', (dialog) => void dialog.accept());
  text = page.getByRole('textbox', { name: `Text of ${NAME}.yaml` });
  plan = page.getByRole('region', { name: 'Plan', exact: true });
  history = page.getByRole('region', { name: 'History', exact: true });
  banners = page.getByRole('region', { name: 'Runs under way' });
}, 180_000);

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await serving.stop();
  await trunkline('lab', 'down', file);
  await rm(root, { recursive: true });
}, 120_000);

/** As a person goes there in a long text. */
async function typeAfter(piece: string, words: string): Promise<void> {
  await text.press('Control+f');
  const find = page.getByRole('textbox', { name: 'Find' });
  await find.pressSequentially(piece);
  await find.press('Enter');
  await find.press('Escape');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.type(words);
  await page.keyboard.press('Escape');
}

/** Nobody listens there: whoever is let through is refused by the guest itself. */
async function tried(): Promise<'arrives' | 'silence'> {
  const connect = 'exec 3<>/dev/tcp/10.9.1.11/9100';
  const words = ['lab', 'exec', file, 'disk', '--', 'timeout', '2', 'bash', '-c', connect];
  const { stderr, exitCode } = await execa(process.execPath, [MAIN, ...words], { cwd: root, reject: false });
  if (stderr.includes('Connection refused')) return 'arrives';
  if (exitCode === 124) return 'silence';
  throw new Error(`neither: ${String(exitCode)} ${stderr}`);
}

test('the link opens the page with the map', async () => {
  await page.goto(serving.link);
  await on.mapDrawn(NAME);
  expect(await on.subjects()).toContain('guest:disk');
});

test('an edit with an error is told as typed, and is not saved', async () => {
  await page.keyboard.press('e');
  await text.waitFor();
  await typeAfter(ALLOW, '\n- { allow: 9100/tcp, from: store, to: web1x }');
  await page.getByText('1 error').waitFor();
  await page.getByRole('region', { name: 'Problems' }).getByText('web1x').first().waitFor();
  expect(await readFile(file, 'utf8')).toBe(before);
});

test('mended and saved, it is in the file', async () => {
  await typeAfter('to: web1x', '');
  await page.keyboard.press('Backspace');
  await page.getByText('Nothing wrong').waitFor();
  await page.keyboard.press('Control+s');
  await expect.poll(() => readFile(file, 'utf8')).toContain('{ allow: 9100/tcp, from: store, to: web1 }');
});

test('the plan shows what it opens, which is not open yet', async () => {
  expect(await tried()).toBe('silence');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Plan', exact: true }).click();
  await plan.getByText('Running lab').click();
  await plan.getByText(/^Plan: /).waitFor();
  await plan.getByRole('tab', { name: /Traffic/ }).click();
  const opened = plan.getByRole('region', { name: 'Becomes possible' });
  await opened.getByText('9100/tcp').first().waitFor();
  await on.pictures('way-plan');
});

test('applied with a time to think, it is watched until it waits', async () => {
  await plan.getByRole('button', { name: 'Apply …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('spinbutton').fill('5');
  const name = dialog.getByRole('textbox');
  if ((await name.count()) > 0) await name.fill(NAME);
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await banners.getByRole('button', { name: 'Keep' }).waitFor();
  await history.getByText('changed, verified', { exact: true }).first().waitFor();
  await history.getByRole('tab', { name: /Output/ }).click();
  await history
    .getByText(/applied and verified/)
    .first()
    .waitFor();
  await on.pictures('way-waits');
});

test('a packet is followed to the rule that lets it pass, as a real one passes', async () => {
  expect(await tried()).toBe('arrives');
  await page.keyboard.press('p');
  const packet = page.getByRole('complementary', { name: 'Packet' });
  await packet.getByLabel('From').fill('disk');
  await packet.getByLabel('To').fill('web1');
  await packet.getByLabel('Port').fill('9100/tcp');
  await packet.getByRole('button', { name: 'Follow it' }).click();
  await packet.getByText('It arrives, and nobody listens').waitFor();
  await packet
    .getByText(new RegExp(`${NAME}\\.yaml:\\d+`))
    .first()
    .waitFor();
  await on.pictures('way-packet');
  await page.keyboard.press('Escape');
});

test('with the host of the gateway down, the page says what is lost; with it down in the lab, it is', async () => {
  await page.goto(`${serving.url}/?topology=${NAME}.yaml&mode=failure&down=node-x`);
  await on.mapDrawn(NAME);
  await page.getByText(/lines of the file not kept/).waitFor();
  await on.pictures('way-failure');
  const ping = ['lab', 'exec', file, 'web2', '--', 'ping', '-c1', '-W2', '10.9.1.1'];
  await trunkline(...ping);
  await trunkline('lab', 'fail', file, 'node-x');
  await expect(trunkline(...ping)).rejects.toThrow();
  await trunkline('lab', 'heal', file, 'node-x');
  await expect
    .poll(
      () =>
        trunkline(...ping).then(
          () => 'answers',
          () => 'silence',
        ),
      { timeout: 20_000 },
    )
    .toBe('answers');
});

test('rolled back, hosts are as they were; the map is saved as a picture', async () => {
  await page.goto(`${serving.url}/?topology=${NAME}.yaml`);
  await on.mapDrawn(NAME);
  await banners.getByRole('button', { name: 'Roll back now' }).click();
  await banners.getByRole('button', { name: 'Roll back now' }).waitFor({ state: 'detached' });
  await writeFile(file, before);
  const { stdout } = await trunkline('plan', file, '--lab', '--json');
  expect((JSON.parse(stdout) as { summary: { hosts: number } }).summary.hosts).toBe(0);
  expect(await tried()).toBe('silence');
  await page.getByRole('button', { name: 'Export' }).click();
  const saved = page.waitForEvent('download');
  await page.getByRole('group', { name: 'Export' }).getByRole('button', { name: 'SVG' }).click();
  const svg = await readFile(await (await saved).path(), 'utf8');
  expect(svg).toContain('<svg ');
  expect(svg).toContain('>disk<');
});

test('the page has complained of nothing', () => {
  // The plan of the real hosts, which are not there, is asked for before somebody chooses the lab.
  expect(browser.complaints.filter((each) => !each.includes('502'))).toEqual([]);
});
