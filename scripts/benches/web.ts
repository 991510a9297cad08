/**
 * What the page costs somebody who looks at it, in Chromium without a screen or a graphics card: the first map of the shipped hub of 198
 * machines and of 5,000 guests on 250 hosts, counted from opening the page to the first picture; frames a second while the map of
 * the 250 hosts is panned; the heap before and after 10,000 live states changed; and how much JavaScript is loaded at first.
 */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import type { Browser } from '../../test/web/browser.ts';
import { openBrowser } from '../../test/web/browser.ts';
import { startServe } from '../../test/web/serving.ts';
import { siteText } from '../../test/web/sites.ts';
import { show, spread } from './pairs.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const CHANGES = 10_000;
const DIST = join(import.meta.dirname, '../../dist/web');
const HUB = join(import.meta.dirname, '../../topologies/satellite-hub');

/** What the page tells of itself: `web/map/Map.tsx` sets the mark when its first picture is drawn. */
async function untilDrawn(page: Page): Promise<number> {
  await page.waitForFunction(() => performance.getEntriesByName('trunkline:map').length > 0);
  return page.evaluate(() => performance.getEntriesByName('trunkline:map')[0]?.startTime ?? NaN);
}

async function firstMaps(page: Page, address: string): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.goto('about:blank');
    await page.goto(address);
    times.push(await untilDrawn(page));
  }
  return times;
}

/** Drags the map to and fro for as many frames, and counts how long they took. */
async function framesWhilePanning(page: Page): Promise<number> {
  const box = await page.locator('.map').boundingBox();
  if (!box) throw new Error('There is no map.');
  const [x, y] = [box.x + box.width / 2, box.y + 30];
  await page.evaluate(() => {
    const frames: number[] = [];
    Object.assign(window, { frames });
    const count = (at: number): void => {
      frames.push(at);
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  });
  await page.mouse.move(x, y);
  await page.mouse.down();
  const end = Date.now() + 4000;
  for (let step = 0; Date.now() < end; step += 1)
    await page.mouse.move(x + 200 * Math.sin(step / 20), y + 100 * Math.sin(step / 31));
  const frames = await page.evaluate(() => (window as unknown as { frames: readonly number[] }).frames.slice(5));
  await page.mouse.up();
  return (1000 * (frames.length - 1)) / ((frames.at(-1) ?? 0) - (frames[0] ?? 0));
}

async function heapMb(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / 1024 ** 2;
}

/** States of a hundred of the hosts, other ones each time. */
function stateMessage(from: number): string {
  const names = ['up', 'partly', 'down', 'unknown'];
  const nodes = Array.from({ length: 100 }, (_, index) => ({
    id: `host:hv${String(1 + ((from + index) % 250))}`,
    state: names[(from / 100 + index) % names.length],
    drift: (from / 100 + index) % 3,
    links: [],
  }));
  const event = { type: 'state', at: new Date(0).toISOString(), name: 'many.yaml', lab: false, live: [], nodes };
  return `id: ${String(from)}\ndata: ${JSON.stringify(event)}\n\n`;
}

async function initialScripts(): Promise<{ readonly initial: number; readonly later: readonly string[] }> {
  const html = await readFile(join(DIST, 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1] ?? '');
  // What the first files import at once is loaded with them.
  const seen = new Set<string>();
  const load = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = await readFile(join(DIST, file), 'utf8');
    for (const [, next] of text.matchAll(/(?:import|from)\s*"\.\/([^"]+\.js)"/g)) await load(`assets/${next ?? ''}`);
  };
  for (const file of named) await load(file);
  let initial = 0;
  for (const file of seen) initial += gzipSync(await readFile(join(DIST, file)), { level: 9 }).length;
  const all = (await readdir(join(DIST, 'assets'))).filter((file) => file.endsWith('.js'));
  return { initial, later: all.filter((file) => !seen.has(`assets/${file}`)) };
}

const folder = await mkdtemp(join(tmpdir(), 'trunkline-bench-'));
try {
  await cp(HUB, join(folder, 'satellite-hub'), { recursive: true });
  await writeFile(join(folder, 'many.yaml'), siteText('many', { hosts: 250, networks: 40, guests: 5000 }));
  await using serving = await startServe(folder);
  await using browser: Browser = await openBrowser();
  const { page } = browser;
  await page.goto(serving.link);
  const addressOf = (file: string): string => `${serving.url}/?topology=${encodeURIComponent(file)}`;

  const hub = await firstMaps(page, addressOf('satellite-hub/satellite-hub.yaml'));
  console.log(`first map of the hub, 198 machines       ${show(spread(hub), 0)} ms (goal 1500)`);
  const many = await firstMaps(page, addressOf('many.yaml'));
  console.log(`first map of 5,000 guests on 250 hosts   ${show(spread(many), 0)} ms (goal 3000)`);
  const frames: number[] = [];
  for (let round = 0; round < Math.min(3, ROUNDS); round += 1) frames.push(await framesWhilePanning(page));
  console.log(`panning it, frames a second              ${show(spread(frames), 0)} (goal 40)`);

  // The states of nodes, told as the server tells them: what comes over the wire is ours, all behind it is the page.
  let told = 0;
  await page.route('**/api/events?*', (route) => {
    const messages = Array.from({ length: 10 }, (_, index) => stateMessage(told + index * 100));
    told += 1000;
    return route.fulfill({ contentType: 'text/event-stream', body: `retry: 1\n\n${messages.join('')}` });
  });
  const untilTold = async (count: number): Promise<void> => {
    while (told < count) await page.waitForTimeout(20);
    await page.waitForTimeout(100);
  };
  await page.goto(`${addressOf('many.yaml')}&map.live=on`);
  await untilDrawn(page);
  await untilTold(3000);
  const before = await heapMb(page);
  const [begun, start] = [told, performance.now()];
  await untilTold(begun + CHANGES);
  const took = performance.now() - start;
  const after = await heapMb(page);
  console.log(
    `heap before / after 10,000 live states   ${before.toFixed(1)} / ${after.toFixed(1)} MB, in ${(took / 1000).toFixed(1)} s (goal: no growth, 60 s)`,
  );

  const { initial, later } = await initialScripts();
  console.log(`JavaScript loaded at first, gzip         ${(initial / 1024).toFixed(0)} KB (goal 300)`);
  console.log(
    `loaded when it is opened                 ${later.map((file) => file.replace(/-[\w-]{8}\.js$/, '')).join(', ')}`,
  );
} finally {
  await rm(folder, { recursive: true });
}
