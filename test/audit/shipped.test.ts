/** What an audit says of the topologies that are shipped: nothing bad but what they say themselves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { audit } from '../../server/audit/audit.ts';
import { sceneOf } from '../../server/audit/scene.ts';
import { isAtLeast } from '../../server/audit/severity.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { lookPlanned } from '../../server/run/audited.ts';
import { FOLDER, SHIPPED } from '../support/shipped.ts';

/** SSH that a file publishes to everybody, which an auditor wants to hear of. */
const SSH_PUBLISHED = /^EXP-001 \S+ \S+( \S+)? 22\/tcp$/;
const PUBLISH_SSH: ReadonlySet<string> = new Set(['build-farm', 'vgw-cluster']);

test.each(SHIPPED)('%s', (name) => {
  const file = join(FOLDER, name, `${name}.yaml`);
  const { model } = compileText({ file, text: readFileSync(file, 'utf8') });
  if (model === null) throw new Error(`${name} does not compile`);
  const { findings } = audit(sceneOf(lookPlanned(model)), {
    subject: name,
    taken: '2026-11-21T00:00:00Z',
    accepted: [],
  });
  const bad = findings
    .filter(({ severity }) => isAtLeast(severity, 'medium'))
    .map(({ id, about }) => `${id} ${about}`)
    .filter((key) => !(PUBLISH_SSH.has(name) && SSH_PUBLISHED.test(key)));
  expect(bad).toEqual([]);
});
