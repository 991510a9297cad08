import { join } from 'node:path';
import { expect } from 'vitest';
import { compileFile } from '../../server/model/compile-file.ts';
import { labConnection, labDown, labTest, labTestText, labUp } from '../../server/lab/index.ts';
import { planModel } from '../../server/run/apply.ts';

/** A shipped topology from nothing and back: up, nothing left to plan, every expectation met by packets, down. */
export async function liveThrough(name: string, set: Readonly<Record<string, string>> = {}): Promise<void> {
  await liveThroughFile(join(import.meta.dirname, '../../topologies', name, `${name}.yaml`), set);
}

export async function liveThroughFile(file: string, set: Readonly<Record<string, string>> = {}): Promise<void> {
  const { model } = await compileFile(file, { set: new Map(Object.entries(set)) });
  if (model === null) throw new Error(`${file} does not compile`);
  try {
    const { lab, run } = await labUp(model, { file });
    expect(run.hosts.map((host) => [host.host, host.result, host.verified])).toEqual(
      [...model.hosts.keys()].map((host) => [host, 'applied', true]),
    );
    const plan = await planModel(model, (host) => labConnection(lab, host));
    expect(plan.hosts.flatMap((host) => host.steps)).toEqual([]);
    const result = await labTest(model, lab);
    expect(result.failed, labTestText(result)).toBe(0);
    expect(new Set(result.results.map((each) => each.expectation)).size).toBe(model.expectations.length);
  } finally {
    await labDown(model.topology);
  }
}
