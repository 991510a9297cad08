import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileText } from '../../server/model/compile-file.ts';
import { graphMermaid } from '../../server/model/graph.ts';

const FOLDER = join(import.meta.dirname, '../../topologies');
const NAMES = readdirSync(FOLDER, { withFileTypes: true })
  .filter((each) => each.isDirectory())
  .map((each) => each.name);

describe.each(NAMES)('%s', (name) => {
  const text = readFileSync(join(FOLDER, name, `${name}.yaml`), 'utf8');
  const { model, diagnostics } = compileText({ file: `${name}.yaml`, text });

  test('has nothing wrong and nothing doubtful', () => {
    expect(diagnostics).toEqual([]);
    expect(model?.topology).toBe(name);
    expect(model?.expectations.length).toBeGreaterThan(3);
  });

  test('its page shows the drawing that `trunkline graph` makes of it', () => {
    const page = readFileSync(join(FOLDER, name, 'README.md'), 'utf8');
    expect(/```mermaid\n([\s\S]*?)```/.exec(page)?.[1]).toBe(
      model === null ? '' : `${graphMermaid(model).trimEnd()}\n`,
    );
  });

  test('is in the list of all', () => {
    expect(readFileSync(join(FOLDER, 'README.md'), 'utf8')).toContain(`[${name}](${name}/)`);
  });
});
