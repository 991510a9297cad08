import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Serving } from '../../server/api/serve.ts';
import { serve } from '../../server/api/serve.ts';
import { openAccounts } from '../../server/accounts/accounts.ts';
import { SMALL } from '../api/site.ts';
import type { Browser } from './browser.ts';
import { openBrowser } from './browser.ts';
import { onPage } from './on-page.ts';
import { buildPage } from './serving.ts';

const CHEAP = { memory: 8, passes: 1, parallelism: 1 };
const GOOD = 'correct horse battery';

let root = '';
let serving: Serving;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  await buildPage();
  root = await mkdtemp(join(tmpdir(), 'trunkline-account-'));
  await writeFile(join(root, 'small.yaml'), SMALL);
  const state = join(root, 'state');
  const accounts = await openAccounts(state, { cost: CHEAP });
  await accounts.users.add('ann', 'admin', GOOD, false);
  await accounts.close();
  const built = fileURLToPath(new URL('../../dist/web', import.meta.url));
  serving = await serve(root, { port: 0, page: built, state, accounts: { cost: CHEAP }, report: () => undefined });
  browser = await openBrowser();
  ({ page } = browser);
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await serving.close();
  await rm(root, { recursive: true });
});

/** Serious findings of axe. */
async function findings(): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

async function typeIn(name: string, password: string): Promise<void> {
  await page.getByLabel('Name').waitFor();
  await page.getByLabel('Name').fill(name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
}

async function openTab(name: string): Promise<Locator> {
  const dialog = page.getByRole('dialog', { name: 'Account' });
  if (!(await dialog.isVisible())) await page.getByRole('button', { name: 'Account' }).click();
  await dialog.getByRole('tab', { name }).click();
  return dialog;
}

test('somebody signs in by keyboard, and gets to where the link led', async () => {
  await page.goto(`${serving.url}/?topology=small.yaml&chosen=guest:web1`);
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('name');
  expect(await findings()).toEqual([]);
  await typeIn('ann', 'not that one');
  await page.getByText('The name or the password is wrong.').waitFor();
  await onPage(page).pictures('sign-in');
  await typeIn('ann', GOOD);
  await onPage(page).mapDrawn('small');
  expect(new URL(page.url()).search).toContain('chosen=guest');
});

test('a token is shown once, and is good for what it says', async () => {
  const dialog = await openTab('Tokens');
  await dialog.getByLabel('What for').fill('<b>backup</b> \u202egnp');
  await dialog.getByRole('combobox', { name: 'What it may' }).selectOption('plan');
  await dialog.getByRole('button', { name: 'Make it' }).click();
  const secret = await dialog.locator('.once code').innerText();
  expect(secret).toMatch(/^tl_[\w-]{43}$/);
  await dialog.getByRole('cell', { name: '<b>backup</b>' }).first().waitFor();
  await onPage(page).pictures('account-tokens');
  expect(await findings()).toEqual([]);
  const answer = await fetch(`${serving.url}/api/account`, { headers: { authorization: `Bearer ${secret}` } });
  expect(await answer.json()).toMatchObject({ name: 'ann', role: 'plan', by: 'token' });
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await dialog.getByRole('button', { name: 'Yes, revoke' }).click();
  await dialog.getByText('You have no tokens.').waitFor();
  expect((await fetch(`${serving.url}/api/account`, { headers: { authorization: `Bearer ${secret}` } })).status).toBe(
    401,
  );
});

test('an admin adds a user, who chooses a password with the first sign-in and may look only', async () => {
  const dialog = await openTab('Users');
  await dialog.getByLabel('Name').fill('bob');
  await dialog.getByRole('button', { name: 'Add' }).click();
  const first = await dialog.locator('.once code').innerText();
  await dialog.getByRole('cell', { name: 'bob', exact: true }).waitFor();
  await onPage(page).pictures('account-users');
  expect(await findings()).toEqual([]);
  await openTab('Sessions');
  await onPage(page).pictures('account-sessions');
  await openTab('Account');
  await onPage(page).pictures('account-own');
  expect(await findings()).toEqual([]);
  await page.getByRole('button', { name: 'Sign out' }).click();

  await typeIn('bob', first);
  await page.getByText('Somebody else knows this password.').waitFor();
  await onPage(page).pictures('sign-in-change');
  await page.keyboard.type('another horse battery');
  await page.keyboard.press('Tab');
  await page.keyboard.type('another horse battery');
  await page.keyboard.press('Enter');
  await onPage(page).mapDrawn('small');
  const own = await openTab('Account');
  expect(await own.getByRole('tab').allInnerTexts()).toEqual(['Account', 'Sessions', 'Tokens']);
  await own.getByRole('button', { name: 'Sign out' }).click();
});

test('an admin sees what was tried, and nothing of what was typed', async () => {
  await typeIn('ann', GOOD);
  await onPage(page).mapDrawn('small');
  const dialog = await openTab('Attempts');
  await dialog.getByRole('cell', { name: 'not signed in, wrong name or password' }).first().waitFor();
  const text = await dialog.innerText();
  for (const part of ['POST /api/users', 'POST /api/tokens', 'DELETE /api/session', 'bob'])
    expect(text).toContain(part);
  for (const secret of ['not that one', GOOD, 'tl_']) expect(text).not.toContain(secret);
  await onPage(page).pictures('account-attempts');
  expect(await findings()).toEqual([]);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
});

test('a session that is over says so, and lets somebody sign in again', async () => {
  const { accounts } = serving;
  await accounts.users.setPassword('ann', `${GOOD} 2`, { temporary: false, keepTokens: true });
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await page.getByText('This session is over').waitFor();
  await page.getByRole('button', { name: 'Sign in again' }).click();
  await typeIn('ann', `${GOOD} 2`);
  await onPage(page).mapDrawn('small');
});
