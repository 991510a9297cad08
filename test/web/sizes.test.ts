/** Each view of sites of 3, 30 and 500 guests, light and dark: pictures for a person to look at, and no serious finding of axe. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from './browser.ts';
import { openBrowser } from './browser.ts';
import { onPage } from './on-page.ts';
import type { ServeProcess } from './serving.ts';
import { buildPage, startServe } from './serving.ts';
import { siteText } from './sites.ts';

const SIZES = {
  small: { hosts: 2, networks: 2, guests: 3 },
  medium: { hosts: 3, networks: 4, guests: 30 },
  large: { hosts: 25, networks: 10, guests: 500 },
} as const;

/** What the address opens, and what is there when it is. */
const VIEWS: Readonly<Record<string, readonly [address: string, ready: string]>> = {
  map: ['', '.map canvas'],
  chosen: ['&chosen=guest:vm1', 'aside.panel'],
  edit: ['&mode=edit', '.cm-content .cm-line'],
  packet: ['&mode=packet&from=vm1&to=vm2&port=443/tcp', '.packet .verdict'],
  plan: ['&mode=plan', '.side.plan'],
  history: ['&mode=history', '.side.history'],
  audit: ['&mode=audit', '.side.audit [role=row]'],
  policy: ['&mode=policy', '.policy-sign.all'],
  failure: ['&mode=failure', '.side.failure'],
};

let folder = '';
let serving: ServeProcess;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  await buildPage();
  folder = await mkdtemp(join(tmpdir(), 'trunkline-sizes-'));
  for (const [name, size] of Object.entries(SIZES))
    await writeFile(
      join(folder, `${name}.yaml`),
      siteText(name, size).replaceAll('access: local', 'access: "ssh://root@hv1.example.net"'),
    );
  serving = await startServe(folder);
  browser = await openBrowser();
  page = browser.page;
  await page.goto(serving.link);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await serving.stop();
  await rm(folder, { recursive: true });
});

async function seriousFindings(): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

const cases = Object.keys(SIZES).flatMap((size) => Object.keys(VIEWS).map((view) => [size, view] as const));

test.each(cases)('%s: %s', { timeout: 180_000 }, async (size, view) => {
  const [address, ready] = VIEWS[view] ?? ['', ''];
  const on = onPage(page);
  await page.goto(`${serving.url}/?topology=${size}.yaml${address}`);
  await on.mapDrawn(size);
  await page.locator(ready).first().waitFor({ timeout: 120_000 });
  await on.pictures(`${size}-${view}`);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await seriousFindings(), colorScheme).toEqual([]);
  }
  // Nothing is wider than the window.
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
});
