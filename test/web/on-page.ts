/** What a person does on the page, and sees of its map. */
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** Where pictures go: a person looks at them. */
const PICTURES = process.env['TRUNKLINE_PICTURES'] ?? join(tmpdir(), 'trunkline-pictures');

/** A shape as cytoscape hands it out: the canvas has no elements to ask. */
interface Shape {
  data(key: string): string;
  hasClass(name: string): boolean;
  position(): { readonly x: number; readonly y: number };
  renderedPosition(): { readonly x: number; readonly y: number };
}
interface Drawn {
  _cyreg?: {
    cy: {
      getElementById(id: string): Shape;
      elements(selector: string): { toArray(): Shape[] };
      zoom(): number;
      pan(): { readonly x: number; readonly y: number };
    };
  };
}

export interface OnPage {
  /** Another topology of the folder. */
  readonly show: (file: string) => Promise<void>;
  readonly mapDrawn: (topology: string) => Promise<void>;
  /** Of the page as it is, light and dark. */
  readonly pictures: (name: string) => Promise<void>;
  readonly clickOnMap: (subject: string, times?: 1 | 2, button?: 'left' | 'right') => Promise<void>;
  /** By so many pixels. */
  readonly drag: (shape: string, dx: number, dy: number) => Promise<void>;
  readonly labelOf: (shape: string) => Promise<string>;
  /** Ids of the nodes and edges that shapes or lines of a role stand for. */
  readonly drawnOf: (role: string) => Promise<readonly string[]>;
  /** Where shapes are on the map, rounded. */
  readonly placesOf: (shapes: readonly string[]) => Promise<Readonly<Record<string, readonly [number, number]>>>;
  /** Zoom and place of the window, rounded as the address rounds. */
  readonly camera: () => Promise<readonly number[]>;
  /** Guests and gateways that are not faded. */
  readonly bright: () => Promise<readonly string[]>;
  /** What a mode has marked so. */
  readonly marked: (mark: string) => Promise<readonly string[]>;
  /** All that is drawn. */
  readonly subjects: () => Promise<readonly string[]>;
}

export function onPage(page: Page): OnPage {
  return {
    async show(file) {
      await page.getByRole('combobox', { name: 'Topology' }).selectOption(file);
    },
    async mapDrawn(topology) {
      await page.getByRole('img', { name: `Map of ${topology}.` }).waitFor();
      // The list and the map are drawn from the same answer; two frames later the canvas holds it.
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    },
    async pictures(name) {
      await mkdir(PICTURES, { recursive: true });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.waitForTimeout(250);
        await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}.png`) });
      }
      await page.emulateMedia({ colorScheme: 'light' });
    },
    async drag(shape, dx, dy) {
      const at = await inWindow(page, shape);
      await page.mouse.move(at.x, at.y);
      await page.mouse.down();
      await page.mouse.move(at.x + dx / 2, at.y + dy / 2, { steps: 4 });
      await page.mouse.move(at.x + dx, at.y + dy, { steps: 4 });
      await page.mouse.up();
    },
    labelOf: (shape) =>
      page.evaluate(
        (id) => document.querySelector<Element & Drawn>('.map')?._cyreg?.cy.getElementById(id).data('label') ?? '',
        shape,
      ),
    drawnOf: (role) =>
      page.evaluate((name) => {
        const drawn = document.querySelector<Element & Drawn>('.map')?._cyreg?.cy.elements(`.${name}`).toArray() ?? [];
        return drawn.map((each) => each.data('subject'));
      }, role),
    placesOf: (shapes) =>
      page.evaluate((ids) => {
        const cy = document.querySelector<Element & Drawn>('.map')?._cyreg?.cy;
        const places = ids.map((id) => {
          const at = cy?.getElementById(id).position();
          return [id, [Math.round(at?.x ?? 0), Math.round(at?.y ?? 0)]];
        });
        return Object.fromEntries(places) as Record<string, [number, number]>;
      }, shapes),
    camera: () =>
      page.evaluate(() => {
        const map = document.querySelector<Element & Drawn>('.map');
        const cy = map?._cyreg?.cy;
        if (!map || !cy) return [];
        const { width, height } = map.getBoundingClientRect();
        const [zoom, pan] = [cy.zoom(), cy.pan()];
        return [
          Math.round(zoom * 100) / 100,
          Math.round((width / 2 - pan.x) / zoom / 2),
          Math.round((height / 2 - pan.y) / zoom / 2),
        ];
      }),
    async clickOnMap(subject, times = 1, button = 'left') {
      const at = await inWindow(page, subject);
      if (times === 2) await page.mouse.dblclick(at.x, at.y);
      else await page.mouse.click(at.x, at.y, { button });
    },
    marked: (mark) => subjectsOf(page, `.${mark}`),
    subjects: () => subjectsOf(page, '*'),
    bright: () =>
      page.evaluate(() => {
        const shapes = document
          .querySelector<Element & Drawn>('.map')
          ?._cyreg?.cy.elements('.guest, .gateway')
          .toArray();
        return (shapes ?? []).filter((each) => !each.hasClass('faded')).map((each) => each.data('subject'));
      }),
  };
}

async function inWindow(page: Page, shape: string): Promise<{ readonly x: number; readonly y: number }> {
  const at = await page.evaluate((id) => {
    const map = document.querySelector<Element & Drawn>('.map');
    const position = map?._cyreg?.cy.getElementById(id).renderedPosition();
    const box = map?.getBoundingClientRect();
    return position && box ? { x: box.left + position.x, y: box.top + position.y } : undefined;
  }, shape);
  if (!at) throw new Error(`${shape} is not on the map`);
  return at;
}

function subjectsOf(page: Page, selector: string): Promise<readonly string[]> {
  return page.evaluate((wanted) => {
    const shapes = document.querySelector<Element & Drawn>('.map')?._cyreg?.cy.elements(wanted).toArray();
    return (shapes ?? []).map((each) => each.data('subject'));
  }, selector);
}
