/** The map in a browser: layers, find, saved views, pins, keys, menus and exports, on sites of 3, 30 and 500 guests. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from './browser.ts';
import { openBrowser } from './browser.ts';
import type { OnPage } from './on-page.ts';
import { onPage } from './on-page.ts';
import type { ServeProcess } from './serving.ts';
import { buildPage, startServe } from './serving.ts';
import { siteText } from './sites.ts';

const SHIPPED = fileURLToPath(new URL('../../topologies', import.meta.url));

let folder = '';
let serving: ServeProcess;
let browser: Browser;
let page: Page;
let on: OnPage;

beforeAll(async () => {
  await buildPage();
  folder = await mkdtemp(join(tmpdir(), 'trunkline-map-'));
  await cp(join(SHIPPED, 'office'), join(folder, 'office'), { recursive: true });
  await cp(join(SHIPPED, 'app-vlans'), join(folder, 'app-vlans'), { recursive: true });
  const files = {
    'small.yaml': siteText('small', { hosts: 1, networks: 2, guests: 3 }),
    'medium.yaml': siteText('medium', { hosts: 3, networks: 4, guests: 30 }),
    'large.yaml': siteText('large', { hosts: 25, networks: 10, guests: 500 }),
  };
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  serving = await startServe(folder);
  browser = await openBrowser();
  page = browser.page;
  on = onPage(page);
  await page.goto(serving.link);
  await page.getByRole('combobox', { name: 'Topology' }).waitFor();
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await serving.stop();
  await rm(folder, { recursive: true });
});

async function open(file: string, name: string): Promise<void> {
  await page.goto(`${serving.url}/?topology=${encodeURIComponent(file)}`);
  await on.mapDrawn(name);
}

const field = () => page.getByRole('searchbox', { name: 'Find a node' });
const layerButton = (name: string) =>
  page.getByRole('group', { name: 'Layer' }).getByRole('button', { name, exact: true });
const query = (): URLSearchParams => new URL(page.url()).searchParams;

async function seriousFindings(): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

/** Light and dark. */
async function expectAccessible(): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await seriousFindings()).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

test('keys 0 to 5 switch layers, which say other things; the address keeps the layer', async () => {
  await open('office/office.yaml', 'office');
  const expected = {
    '1': ['physical', 'guest:web', 'pweb-'],
    '2': ['l2', 'guest:web', '02:4b:78:14:00:0a'],
    '3': ['l3', 'guest:web', '10.20.0.10/24'],
    '4': ['nat', 'guest:web', ':443/tcp → :8443'],
    '5': ['guests', 'guest:web', 'external'],
  } as const;
  for (const [key, [layer, id, text]] of Object.entries(expected)) {
    await page.keyboard.press(key);
    await expect.poll(() => query().get('map.layer')).toBe(layer);
    await expect.poll(() => on.labelOf(id)).toContain(text);
    await on.pictures(`layer-${layer}`);
  }
  expect(await on.drawnOf('bridge')).toEqual([]);
  await page.reload();
  await on.mapDrawn('office');
  expect(await layerButton('Guests').getAttribute('aria-pressed')).toBe('true');
  await page.keyboard.press('0');
  await expect.poll(() => query().get('map.layer')).toBe(null);
  expect(await on.drawnOf('bridge')).not.toEqual([]);
});

test('the NAT layer draws what a gateway publishes', async () => {
  await open('office/office.yaml', 'office');
  await layerButton('NAT').click();
  await expect.poll(async () => (await on.drawnOf('mapping')).length).toBeGreaterThan(1);
});

test('find lights up matches on the map and in the list as somebody types, and is in the address', async () => {
  await open('app-vlans/app-vlans.yaml', 'app-vlans');
  await page.keyboard.press('/');
  await page.keyboard.type('vlan:101 kind:guest');
  await expect.poll(() => on.bright()).toEqual(['guest:shop1', 'guest:shop2']);
  const nodes = page.getByRole('navigation', { name: 'Nodes' }).getByRole('button');
  expect((await nodes.allInnerTexts()).map((each) => each.trim())).toEqual(['shop1', 'shop2']);
  await on.pictures('find');
  await expectAccessible();
  await page.goto(page.url());
  await on.mapDrawn('app-vlans');
  await expect.poll(() => on.bright()).toEqual(['guest:shop1', 'guest:shop2']);
  await field().fill('colour:red');
  await page.getByRole('alert').getByText('There is no word “colour:”').waitFor();
  await field().fill('');
});

test('a thing is isolated with its neighbours, hidden, and all is shown again', async () => {
  await open('app-vlans/app-vlans.yaml', 'app-vlans');
  await on.clickOnMap('guest:crm1', 1, 'right');
  await on.pictures('menu');
  await expectAccessible();
  await page.getByRole('button', { name: 'Isolate with its neighbours' }).click();
  await page.getByText('Around crm1, 2 steps').waitFor();
  await expect.poll(() => on.drawnOf('guest')).not.toContain('guest:shop1');
  await on.pictures('isolated');
  await page.getByRole('button', { name: 'One step less' }).click();
  await expect.poll(() => on.drawnOf('guest')).toEqual(['guest:crm1']);
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect.poll(async () => (await on.drawnOf('guest')).length).toBe(4);
  await on.clickOnMap('guest:db1', 1, 'right');
  await page.getByRole('button', { name: 'Hide' }).click();
  await expect.poll(() => on.drawnOf('guest')).not.toContain('guest:db1');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect.poll(() => on.drawnOf('guest')).toContain('guest:db1');
});

test('what is dragged stays pinned, alone, and goes back when the layout is reset', async () => {
  await open('medium.yaml', 'medium');
  const before = await on.placesOf(['guest:vm1', 'guest:vm2', 'title:host:hv2', 'title:host:hv3']);
  await on.drag('guest:vm1', 60, 30);
  await page.getByText('1 pinned').waitFor();
  await on.drag('title:host:hv2', 40, 220);
  await page.getByText('2 pinned').waitFor();
  const after = await on.placesOf(['guest:vm1', 'guest:vm2', 'title:host:hv2', 'title:host:hv3']);
  expect(after['guest:vm1']).not.toEqual(before['guest:vm1']);
  expect(after['title:host:hv2']).not.toEqual(before['title:host:hv2']);
  expect(after['title:host:hv3']).toEqual(before['title:host:hv3']);
  await on.pictures('pinned');
  await page.reload();
  await on.mapDrawn('medium');
  expect(await on.placesOf(Object.keys(after))).toEqual(after);
  await page.getByRole('button', { name: 'Reset layout' }).click();
  await expect.poll(() => on.placesOf(Object.keys(before))).toEqual(before);
});

test('a saved view, and a copied address, restore what was looked at', async () => {
  await open('large.yaml', 'large');
  await on.clickOnMap('host:hv3', 2);
  await page.getByRole('button', { name: 'Collapse on the map' }).waitFor();
  await layerButton('L3').click();
  await field().fill('host:hv3');
  for (const name of ['Zoom in', 'Zoom in']) await page.getByRole('button', { name }).click();
  await expect.poll(() => query().get('map.at')).not.toBe(null);
  const camera = await on.camera();
  const address = page.url();

  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('textbox', { name: 'Name of the view' }).fill('hv3 <b>routing</b>');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'hv3 <b>routing</b>', exact: true }).waitFor();
  await on.pictures('views');
  await expectAccessible();
  await page.keyboard.press('Escape');

  await open('large.yaml', 'large');
  expect(await on.drawnOf('host')).toEqual([]);
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('button', { name: 'hv3 <b>routing</b>', exact: true }).click();
  const restored = async (): Promise<void> => {
    await expect.poll(() => on.drawnOf('host')).toEqual(['host:hv3']);
    await expect.poll(() => on.camera()).toEqual(camera);
    expect(await layerButton('L3').getAttribute('aria-pressed')).toBe('true');
    expect(await field().inputValue()).toBe('host:hv3');
    await page.getByRole('complementary', { name: 'Host hv3' }).waitFor();
  };
  await restored();
  await open('small.yaml', 'small');
  await page.goto(address);
  await on.mapDrawn('large');
  await restored();

  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('button', { name: 'Delete hv3 <b>routing</b>' }).click();
  await page.getByText('No view is saved yet.').waitFor();
  await page.keyboard.press('Escape');
});

test('arrows go from node to node as they lie, Enter opens a host, the menu key its menu', async () => {
  await open('app-vlans/app-vlans.yaml', 'app-vlans');
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => query().get('chosen')).toBe('internet');
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => query().get('chosen')).toBe('network:wan');
  await page.keyboard.press('ArrowRight');
  const next = query().get('chosen');
  expect(next).not.toBe('network:wan');
  await page.keyboard.press('ArrowLeft');
  await page.goto(`${serving.url}/?topology=app-vlans%2Fapp-vlans.yaml&chosen=host%3Agw-x`);
  await on.mapDrawn('app-vlans');
  await page.keyboard.press('Enter');
  await expect.poll(() => on.drawnOf('card')).toEqual(['host:gw-x']);
  await page.keyboard.press('Enter');
  await expect.poll(() => on.drawnOf('card')).toEqual([]);
  await page.keyboard.press('ContextMenu');
  await page.getByRole('group', { name: 'Menu of gw-x' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect.poll(() => on.drawnOf('card')).toEqual(['host:gw-x']);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys and words' }).waitFor();
  await on.pictures('help');
  await expectAccessible();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Keys and words' }).waitFor({ state: 'detached' });
});

async function exported(form: string): Promise<Buffer> {
  await page.getByRole('button', { name: 'Export' }).click();
  const saved = page.waitForEvent('download');
  await page.getByRole('group', { name: 'Export' }).getByRole('button', { name: form }).click();
  return readFile(await (await saved).path());
}

test('the map is saved as PNG, SVG, Mermaid and DOT', async () => {
  await open('office/office.yaml', 'office');
  const png = await exported('PNG');
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect(png.readUInt32BE(16)).toBeGreaterThan(600);
  const svg = (await exported('SVG')).toString();
  // The page itself may not parse anything.
  const blank = await page.context().newPage();
  const parsed = await blank.evaluate((text) => {
    const document = new DOMParser().parseFromString(text, 'image/svg+xml');
    return {
      root: document.documentElement.tagName,
      texts: [...document.querySelectorAll('tspan')].map((each) => each.textContent),
    };
  }, svg);
  await blank.close();
  expect(parsed.root).toBe('svg');
  expect(parsed.texts).toEqual(expect.arrayContaining(['web', '10.20.0.10', 'gw', 'server', 'fabric street']));
  expect((await exported('Mermaid')).toString()).toMatch(/^flowchart TB\n(?: {2}.+\n)+$/);
  expect((await exported('DOT')).toString()).toMatch(/^graph "office" \{\n[^]*\n\}\n$/);
});

test('colours follow the system until somebody chooses', async () => {
  await open('small.yaml', 'small');
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByRole('button', { name: 'Colours: as the system has it' }).click();
  await page.getByRole('button', { name: 'Colours: light' }).click();
  await page.getByRole('button', { name: 'Colours: dark' }).waitFor();
  expect(await ground()).not.toBe(light);
  await page.getByRole('button', { name: 'Colours: dark' }).click();
  expect(await ground()).toBe(light);
});

test.each([
  ['small.yaml', 'small'],
  ['medium.yaml', 'medium'],
  ['large.yaml', 'large'],
])('%s has no serious findings, light and dark', async (file, name) => {
  await open(file, name);
  await expectAccessible();
});

test('from far away cards show their names alone; the small map appears and moves the window', async () => {
  await open('large.yaml', 'large');
  const minimap = page.locator('.minimap');
  expect(await minimap.isVisible()).toBe(false);
  for (let press = 0; press < 5; press += 1) await page.keyboard.press('+');
  await expect.poll(() => minimap.isVisible()).toBe(true);
  const before = await on.camera();
  await minimap.click({ position: { x: 20, y: 20 } });
  await expect.poll(() => on.camera()).not.toEqual(before);
  await on.pictures('minimap');
  await page.keyboard.press('f');
  await expect.poll(() => minimap.isVisible()).toBe(false);
  await expect.poll(() => query().get('map.at')).toBe(null);
});

test('the page never broke its policy, nor complained', () => {
  expect(browser.complaints).toEqual([]);
});
