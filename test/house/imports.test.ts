/** The import directions hold, and every rule about them can fail: each is broken once, in a copy. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { copyCheckout, ROOT } from './copy.ts';

interface Rule {
  readonly name: string;
  readonly comment: string;
}

interface Cruise {
  readonly summary: {
    readonly violations: readonly { readonly rule: { readonly name: string }; readonly from: string }[];
  };
}

const { forbidden: RULES } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  readonly forbidden: readonly Rule[];
};

/** For each rule, files that break it: path and what they import. */
const BROKEN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'no-cycles': {
    'server/core/planted-one.ts': `import './planted-two.ts';`,
    'server/core/planted-two.ts': `import './planted-one.ts';`,
  },
  'everything-is-there': { 'server/run/planted-missing.ts': `import './nowhere.ts';` },
  'core-knows-nobody': {
    'server/core/planted-flow.ts': `import type { Model } from '../flow/model.ts'; export type { Model };`,
  },
  'flow-is-values': { 'server/flow/planted-kind.ts': `import '../kinds/kind.ts';` },
  'kinds-know-no-stage': { 'server/kinds/bridge/planted-plan.ts': `import '../../plan/compare.ts';` },
  'kinds-do-not-know-each-other': { 'server/kinds/bridge/planted-veth.ts': `import '../veth/index.ts';` },
  'shared-kind-files-know-no-kind': { 'server/kinds/planted-shared.ts': `import './veth/index.ts';` },
  'kinds-through-the-list': { 'server/run/planted-kind.ts': `import '../kinds/bridge/index.ts';` },
  'stages-meet-in-values': { 'server/observe/planted-run.ts': `import '../run/apply.ts';` },
  'plan-needs-only-states': { 'server/plan/planted-observe.ts': `import '../observe/host.ts';` },
  'observing-knows-no-intention': { 'server/observe/planted-plan.ts': `import '../plan/compare.ts';` },
  'import-goes-by-the-snapshot': { 'server/import/planted-observe.ts': `import '../observe/host.ts';` },
  'reach-judges-values': { 'server/reach/planted-kind.ts': `import '../kinds/kind.ts';` },
  'audit-judges-values': { 'server/audit/planted-model.ts': `import '../model/probes.ts';` },
  'store-keeps-what-it-is-told': { 'server/store/planted-run.ts': `import '../run/apply.ts';` },
  'run-serves-any-front': {
    'server/run/planted-cli.ts': `import type { Answer } from '../cli/context.ts'; export type { Answer };`,
  },
  'lab-and-api-without-the-command-line': { 'server/lab/planted-cli.ts': `import '../cli/answer.ts';` },
  'lab-without-the-api': { 'server/lab/planted-api.ts': `import '../api/server.ts';` },
  'operator-speaks-no-http': { 'server/operator/planted-page.ts': `import '../api/page.ts';` },
  'host-knows-no-stage': { 'server/host/planted-plan.ts': `import '../plan/compare.ts';` },
  'machines-only-through-run-observe-lab': { 'server/api/planted-host.ts': `import '../host/connection.ts';` },
  'processes-only-in-host-and-lab': {
    'server/api/planted-process.ts': `import { execa } from 'execa'; export { execa };`,
  },
  'pure-parts-stay-pure': { 'server/plan/planted-file.ts': `import 'node:fs/promises';` },
  'server-without-the-page': { 'server/api/planted-page.ts': `import '../../web/client/client.ts';` },
  'client-brings-no-server': {
    'server/api/client.ts': `import { formatMark } from '../flow/mark.ts'; export { formatMark };`,
  },
  'page-knows-only-types': {
    'web/client/planted-code.ts': `import { formatMark } from '../../server/flow/mark.ts'; export { formatMark };`,
  },
  'page-knows-only-values-and-schema': {
    'web/client/planted-stage.ts': `import type { Answer } from '../../server/cli/context.ts'; export type { Answer };`,
  },
  'cytoscape-only-in-the-map': {
    'web/views/planted-drawing.ts': `import cytoscape from 'cytoscape'; export { cytoscape };`,
  },
  'ships-what-it-needs': { 'server/api/planted-dev.ts': `import * as esbuild from 'esbuild'; export { esbuild };` },
  'product-without-its-tests': { 'server/run/planted-script.ts': `import '../../scripts/licences.ts';` },
};

let copy: string | undefined;
afterAll(() => {
  if (copy !== undefined) rmSync(copy, { recursive: true, force: true });
});

function cruise(folder: string): readonly string[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      path.join(ROOT, 'node_modules/.bin/depcruise'),
      ...['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'server', 'web'],
    ],
    { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  expect(stderr).toBe('');
  return (JSON.parse(stdout) as Cruise).summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
}

test('every import goes in an allowed direction', () => {
  expect(cruise(ROOT)).toEqual([]);
});

test('every rule gives its reason', () => {
  expect(RULES.filter(({ comment }) => comment.length < 20)).toEqual([]);
});

test('every rule is broken by the file that is made to break it', () => {
  expect(Object.keys(BROKEN).toSorted()).toEqual(RULES.map(({ name }) => name).toSorted());
  copy = copyCheckout();
  const expected: string[] = [];
  for (const [rule, files] of Object.entries(BROKEN)) {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
      writeFileSync(path.join(copy, file), `${text}\n`);
    }
    expected.push(`${rule}: ${Object.keys(files)[0] ?? ''}`);
  }
  const found = cruise(copy);
  expect(expected.filter((each) => !found.includes(each))).toEqual([]);
});
