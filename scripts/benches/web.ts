/**
 * What the page costs somebody who looks at it, in Chromium without a screen or a graphics card: the first map of the shipped hub of 198
 * machines and of 5,000 guests on 250 hosts, counted from opening the page to the first picture: in a new browser with the link of a
 * server that was started that moment, and opened again; frames a second while the map of the 250 hosts is panned; the heap while
 * live states change, 10,000 a turn; and how much JavaScript is loaded at first. The server is the command as it is shipped.
 * `PARTS=hub,many,scripts` measures those alone. A part that fails says so, and the others go on.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openBrowser } from '../../test/web/browser.ts';
import { SHIPPED, startServe } from '../../test/web/serving.ts';
import { siteText } from '../../test/web/sites.ts';
import { show, spread } from './pairs.ts';
import { framesWhilePanning, heapWhileStatesChange, untilDrawn } from './web/measure.ts';
import { scriptsOf } from './web/scripts.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const DIST = join(import.meta.dirname, '../../dist/web');
const HUB = join(import.meta.dirname, '../../topologies/satellite-hub');

function tell(label: string, figures: string, goal: string): void {
  console.log(`${label.padEnd(52)} ${figures} (goal ${goal})`);
}

/** Each round a new server, and a new browser. */
async function firstMaps(
  what: string,
  folder: string,
  goal: number,
  last?: (page: Page) => Promise<void>,
): Promise<void> {
  const [cold, again]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    await using browser = await openBrowser();
    await using serving = await startServe(folder, SHIPPED);
    const { page } = browser;
    const from = performance.now();
    await page.goto(serving.link);
    await untilDrawn(page);
    // By the clock here: that of the page begins where the link has led it to.
    cold.push(performance.now() - from);
    await page.goto('about:blank');
    await page.goto(serving.url);
    again.push(await untilDrawn(page));
    if (round < ROUNDS - 1) continue;
    tell(`first map of ${what}, new`, `${show(spread(cold), 0)} ms`, String(goal));
    tell(`first map of ${what}, again`, `${show(spread(again), 0)} ms`, String(goal));
    await last?.(page);
  }
}

async function hub(folder: string): Promise<void> {
  await cp(HUB, folder, { recursive: true });
  await firstMaps('the hub, 198 machines', folder, 1500);
}

async function many(folder: string): Promise<void> {
  await writeFile(join(folder, 'many.yaml'), siteText('many', { hosts: 250, networks: 40, guests: 5000 }));
  await firstMaps('5,000 guests on 250 hosts', folder, 3000, async (page) => {
    const frames: number[] = [];
    for (let round = 0; round < Math.min(3, ROUNDS); round += 1) frames.push(await framesWhilePanning(page));
    tell('panning it, frames a second', show(spread(frames), 0), '40');
    const { heaps, seconds } = await heapWhileStatesChange(page, 4);
    const sizes = heaps.map((heap) => heap.toFixed(1)).join(', ');
    tell('heap before and after turns of 10,000 live states', `${sizes} MB`, 'no growth');
    tell('a turn of 10,000 live states', `${show(spread(seconds), 1)} s`, '60');
  });
}

async function scripts(): Promise<void> {
  const { initial, later } = await scriptsOf(DIST);
  tell('JavaScript loaded at first, gzip', `${(initial / 1024).toFixed(0)} KB`, '300');
  console.log(`loaded when it is opened: ${later.map((file) => file.replace(/-[\w-]{8}\.js$/, '')).join(', ')}`);
}

const PARTS = { hub, many, scripts };
const folder = await mkdtemp(join(tmpdir(), 'trunkline-bench-'));
try {
  for (const [name, measure] of Object.entries(PARTS)) {
    if (!(process.env['PARTS']?.split(',') ?? Object.keys(PARTS)).includes(name)) continue;
    const place = join(folder, name);
    await mkdir(place);
    await measure(place).catch((error: unknown) => {
      process.exitCode = 1;
      console.log(`${name}: not measured: ${String(error)}`);
    });
  }
} finally {
  await rm(folder, { recursive: true });
}
