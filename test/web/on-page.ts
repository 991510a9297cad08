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
  renderedPosition(): { readonly x: number; readonly y: number };
}
interface Drawn {
  _cyreg?: { cy: { getElementById(id: string): Shape; elements(selector: string): { toArray(): Shape[] } } };
}

export interface OnPage {
  /** Another topology of the folder. */
  readonly show: (file: string) => Promise<void>;
  readonly mapDrawn: (topology: string) => Promise<void>;
  /** Of the page as it is, light and dark. */
  readonly pictures: (name: string) => Promise<void>;
  readonly clickOnMap: (subject: string, times?: 1 | 2) => Promise<void>;
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
    async clickOnMap(subject, times = 1) {
      const at = await page.evaluate((id) => {
        const map = document.querySelector<Element & Drawn>('.map');
        const position = map?._cyreg?.cy.getElementById(id).renderedPosition();
        const box = map?.getBoundingClientRect();
        return position && box ? { x: box.left + position.x, y: box.top + position.y } : undefined;
      }, subject);
      if (!at) throw new Error(`${subject} is not on the map`);
      if (times === 2) await page.mouse.dblclick(at.x, at.y);
      else await page.mouse.click(at.x, at.y);
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

function subjectsOf(page: Page, selector: string): Promise<readonly string[]> {
  return page.evaluate((wanted) => {
    const shapes = document.querySelector<Element & Drawn>('.map')?._cyreg?.cy.elements(wanted).toArray();
    return (shapes ?? []).map((each) => each.data('subject'));
  }, selector);
}
