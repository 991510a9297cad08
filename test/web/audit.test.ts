import { readFile, writeFile } from 'node:fs/promises';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Browser } from './browser.ts';
import { openBrowser } from './browser.ts';
import { hostileAccepted, hostileText, publishingText } from './mappings.ts';
import type { OnPage } from './on-page.ts';
import { onPage } from './on-page.ts';
import type { ServeProcess } from './serving.ts';
import { buildPage, startServe } from './serving.ts';

const shipped = (name: string): string =>
  fileURLToPath(new URL(`../../topologies/${name}/${name}.yaml`, import.meta.url));

// A busy machine takes its time: what is wrong fails by what it says, not by when.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let folder = '';
let serving: ServeProcess;
let browser: Browser;
let page: Page;
let on: OnPage;
let side: Locator;

beforeAll(async () => {
  await buildPage();
  folder = await mkdtemp(join(tmpdir(), 'trunkline-audit-'));
  for (const name of ['office', 'vgw-cluster']) await cp(shipped(name), join(folder, `${name}.yaml`));
  await writeFile(join(folder, 'many.yaml'), publishingText(10_000));
  await writeFile(join(folder, 'zhostile.yaml'), hostileText());
  await writeFile(join(folder, 'zhostile.accepted.yaml'), hostileAccepted());
  serving = await startServe(folder);
  browser = await openBrowser();
  page = browser.page;
  page.setDefaultTimeout(120_000);
  on = onPage(page);
  side = page.getByRole('region', { name: 'Audit' });
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

async function open(topology: string, kept = ''): Promise<void> {
  await page.goto(`${serving.url}/?topology=${topology}.yaml&mode=audit${kept}`);
  await side.getByRole('grid').waitFor();
}

const rows = (): Locator => side.locator('.grid-body [role=row]');
const column = async (index: number): Promise<readonly string[]> =>
  rows()
    .locator(`[role=gridcell]:nth-child(${String(index)})`)
    .allInnerTexts();

/** What axe finds, and is not of small weight. */
async function faults(): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page: page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

test('findings are there, worst first; one shows what it means, where it stands, and lights its nodes', async () => {
  await open('office');
  expect((await column(1))[0]).toContain('low');
  await rows().filter({ hasText: 'NAT-006' }).click();
  const detail = side.getByRole('article', { name: 'Finding' });
  await detail.getByText('What to do').waitFor();
  await detail.getByRole('button', { name: 'office.yaml:43' }).waitFor();
  expect(await on.bright()).toContain('gateway:gw');
  expect(await on.bright()).not.toContain('guest:bench');
  await on.pictures('audit-finding');
  expect(await faults()).toEqual([]);
});

test('a witness goes on in the packet mode, with its packet in the address', async () => {
  await open('office');
  await rows().filter({ hasText: 'NAT-006' }).click();
  await side.getByRole('button', { name: 'follow it' }).click();
  await page.getByRole('complementary', { name: 'Packet' }).waitFor();
  const query = new URL(page.url()).searchParams;
  expect([query.get('from'), query.get('to'), query.get('port')]).toEqual(['10.20.0.100', '192.0.2.12', '25/tcp']);
});

test('a line of a finding goes on in the editor', async () => {
  await open('office');
  await rows().filter({ hasText: 'NAT-006' }).click();
  await side.getByRole('button', { name: 'office.yaml:43' }).click();
  const query = new URL(page.url()).searchParams;
  expect([query.get('mode'), query.get('line')]).toEqual(['edit', '43']);
});

test('what is chosen on the map narrows the tables down', async () => {
  await open('office', '&table=ledger');
  expect(await rows().count()).toBe(4);
  await on.clickOnMap('guest:mail');
  await expect.poll(() => rows().count()).toBe(1);
  expect(await column(4)).toEqual(['mail 10.20.0.11:25']);
  await side.getByRole('button', { name: 'Everything again' }).click();
  await expect.poll(() => rows().count()).toBe(4);
});

test('the CSV is the one of the command line, and is a link', async () => {
  await open('office', '&table=ledger');
  const waiting = page.waitForEvent('download');
  await side.getByRole('link', { name: 'CSV' }).click();
  const download = await waiting;
  expect(download.suggestedFilename()).toBe('office-ledger.csv');
  const text = await readFile(await download.path(), 'utf8');
  expect(text.split('\r\n')[0]).toBe(
    'gateway,public address,protocol,ports,ends at,address,port,who may,listens,hairpin,hits,by',
  );
  expect(text.split('\r\n').filter((line) => line.startsWith('gw@server'))).toHaveLength(4);
});

test('a finding that is accepted with a reason is gone, and is in the file', async () => {
  await open('office');
  const before = await rows().count();
  await rows().filter({ hasText: 'NAT-006' }).click();
  await side.getByRole('button', { name: 'Accept it …' }).click();
  await side.getByLabel('Why it may stay').fill('neighbours use the name inside');
  await on.pictures('audit-accept');
  await side.getByRole('button', { name: 'Accept', exact: true }).click();
  await expect.poll(() => rows().count()).toBe(before - 1);
  expect(await rows().filter({ hasText: 'NAT-006' }).count()).toBe(0);
  const written = await readFile(join(folder, 'office.accepted.yaml'), 'utf8');
  expect(written).toContain('finding: NAT-006');
  expect(written).toContain('neighbours use the name inside');
  await side.getByRole('button', { name: /^Accepted/ }).click();
  await rows().filter({ hasText: 'NAT-006' }).click();
  await side.getByText('neighbours use the name inside').waitFor();
});

test('ten thousand mappings scroll, sort and filter with few rows in the document', async () => {
  await open('many', '&table=ledger');
  const grid = side.getByRole('grid');
  expect(await grid.getAttribute('aria-rowcount')).toBe('10001');
  expect(await rows().count()).toBeLessThan(80);
  await side.getByRole('button', { name: 'Port', exact: true }).click();
  expect((await column(3))[0]).toBe('20000/tcp');
  await side.getByRole('button', { name: 'Port', exact: true }).click();
  await expect.poll(async () => (await column(3))[0]).toBe('29999/tcp');
  await grid.focus();
  await page.keyboard.press('End');
  await expect.poll(async () => (await column(3)).at(-1)).toBe('20000/tcp');
  expect(await rows().count()).toBeLessThan(80);
  await page.keyboard.press('Enter');
  await side.getByRole('article', { name: 'Port mapping' }).getByText('192.0.2.11 20000/tcp').waitFor();
  await on.pictures('audit-ledger-many');
  await side.getByRole('searchbox').fill('29998/tcp');
  await expect.poll(() => rows().count()).toBe(1);
  await side.getByText('1 of 10000 rows').waitFor();
  expect(await faults()).toEqual([]);
});

test('columns are made wider by keys', async () => {
  await open('office', '&table=ledger');
  const edge = side.getByRole('separator', { name: 'Width of Gateway' });
  const before = Number(await edge.getAttribute('aria-valuenow'));
  await edge.focus();
  await page.keyboard.press('ArrowRight');
  expect(Number(await edge.getAttribute('aria-valuenow'))).toBe(before + 16);
});

test('text of others stays text', async () => {
  await open('zhostile', '&table=accepted');
  await rows().first().click();
  await side.getByText('<img src=x onerror=alert(1)>\ufffdtxt.exe').waitFor();
  expect(await page.locator('img, #page script').count()).toBe(0);
  await page.goto(`${serving.url}/?topology=zhostile.yaml&mode=audit&find=${encodeURIComponent('<img src=x>')}`);
  await side.getByText('None of the findings is meant.').waitFor();
  expect(await side.locator('img').count()).toBe(0);
});

test('the ledger in light and dark', async () => {
  await open('vgw-cluster', '&table=ledger');
  await on.pictures('audit-ledger');
  await open('vgw-cluster');
  await on.pictures('audit-findings');
});
