/** What is measured of a page that is open in Chromium. */
import type { Page } from 'playwright-core';

/** What the page tells of itself: `web/map/Map.tsx` sets the mark when its first picture is drawn. */
export async function untilDrawn(page: Page): Promise<number> {
  await page.waitForFunction(() => performance.getEntriesByName('trunkline:map').length > 0);
  return page.evaluate(() => performance.getEntriesByName('trunkline:map')[0]?.startTime ?? NaN);
}

/** Drags the map to and fro for as many frames, and counts how long they took. */
export async function framesWhilePanning(page: Page): Promise<number> {
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

/** Live states that are told at once, each turn. */
const CHANGES = 10_000;

export interface LiveCost {
  /** The heap in MB, garbage collected, before the first turn and after each. */
  readonly heaps: readonly number[];
  /** How long each turn of 10,000 states took. */
  readonly seconds: readonly number[];
}

/** The states of nodes, told as the server tells them: what comes over the wire is ours, all behind it is the page. */
export async function heapWhileStatesChange(page: Page, turns: number): Promise<LiveCost> {
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
  await page.goto(`${new URL(page.url()).origin}/?map.live=on`);
  await untilDrawn(page);
  // What it keeps of them is there by then.
  await untilTold(5000);
  const [heaps, seconds] = [[await heapMb(page)], [] as number[]];
  for (let turn = 0; turn < turns; turn += 1) {
    const [begun, start] = [told, performance.now()];
    await untilTold(begun + CHANGES);
    seconds.push((performance.now() - start) / 1000);
    heaps.push(await heapMb(page));
  }
  return { heaps, seconds };
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
