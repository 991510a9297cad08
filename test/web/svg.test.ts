/** The map as SVG, without a page: read by a browser as strictly as it reads XML, and the same each time. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { svgOfGraph } from '../../server/draw/map-svg.ts';
import type { GraphDocument } from '../../server/flow/graph.ts';
import type { Browser } from './browser.ts';
import { openBrowser } from './browser.ts';
import { graphOf, siteText } from './sites.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const shipped = (name: string): string => `${ROOT}topologies/${name}/${name}.yaml`;

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
});

/** What a browser makes of it: `wrong` is its complaint where it is no XML. */
async function read(svg: string) {
  return browser.page.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
    return {
      root: parsed.documentElement.tagName,
      wrong: parsed.querySelector('parsererror')?.textContent ?? null,
      title: parsed.querySelector('title')?.textContent ?? null,
      elements: [...new Set([...parsed.querySelectorAll('*')].map(({ tagName }) => tagName))].sort(),
      attributes: [
        ...new Set([...parsed.querySelectorAll('*')].flatMap((each) => [...each.attributes].map(({ name }) => name))),
      ].sort(),
      texts: [...parsed.querySelectorAll('tspan')].map(({ textContent }) => textContent),
    };
  }, svg);
}

async function svgFromCommand(file: string): Promise<string> {
  const { stdout } = await execa(process.execPath, [`${ROOT}server/cli/main.ts`, 'graph', file, '-f', 'svg'], {
    stripFinalNewline: false,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

test.each([
  ['office', ['web', '10.20.0.10', 'gw', 'fabric street']],
  ['satellite-hub', ['internet']],
])('%s: the command line writes a picture that browsers read', async (name, texts) => {
  const svg = await svgFromCommand(shipped(name));
  const parsed = await read(svg);
  expect(parsed).toMatchObject({ root: 'svg', wrong: null, title: name });
  expect(parsed.texts).toEqual(expect.arrayContaining(texts));
  const graph = graphOf(readFileSync(shipped(name), 'utf8'));
  expect(svg).toBe(svgOfGraph({ ...graph, nodes: graph.nodes.toReversed(), edges: graph.edges.toReversed() }));
  // Hosts, networks and gateways are named on it; what is in hosts that are collapsed is not.
  const named = graph.nodes.filter(({ kind }) => kind === 'host').length;
  expect(parsed.texts.length).toBeGreaterThan(named);
});

test('whatever things are called, it stays a picture of shapes and text', async () => {
  const evil = [
    '<script>alert(1)</script>',
    '"/><image href="x" onload="alert(1)"/>',
    "' onclick='alert(1)",
    '&xxe; ]]> <!-- --> <?php ?>',
    'a\u0000\u0008\u001bb\u202ec\ufffe\uffff\ud800',
  ];
  const graph = graphOf(siteText('site', { hosts: 2, networks: 3, guests: 12 }));
  const hostile: GraphDocument = {
    ...graph,
    topology: evil.join(' '),
    nodes: graph.nodes.map((node, index) => ({
      ...node,
      label: evil[index % evil.length] ?? '',
      facts: Object.fromEntries(Object.entries(node.facts).map(([name]) => [name, [...evil]])),
    })),
    edges: graph.edges.map((edge, index) => ({ ...edge, label: evil[index % evil.length] ?? '' })),
  };
  const parsed = await read(svgOfGraph(hostile));
  expect(parsed.wrong).toBeNull();
  const plain = await read(svgOfGraph(graph));
  expect(parsed.elements).toEqual(plain.elements);
  expect(parsed.attributes).toEqual(plain.attributes);
  expect(parsed.title).toContain('<script>alert(1)</script>');
  expect(parsed.texts).toContain("' onclick='alert(1)");
});
