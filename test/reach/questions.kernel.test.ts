/** Rows of "what can it reach" against the kernel: of each that says yes a packet is sent, and of what no row has, too. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Probe } from '../../server/flow/probe.ts';
import { labConnection, labDown, labTest, labUp } from '../../server/lab/index.ts';
import { compileFile } from '../../server/model/compile-file.ts';
import { probePlan } from '../../server/model/probes.ts';
import type { Row } from '../../server/reach/questions/row.ts';
import { askMany } from '../../server/run/questions.ts';
import { foundWorld, readHosts } from '../../server/run/worlds.ts';
import { matrix } from '../support/matrix.ts';
import { rowsFor } from '../support/questions.ts';
import { FOLDER } from '../support/shipped.ts';

/** As many as a lab answers in a second or two. */
const MOST = 200;
const EXPECTATION: Probe['expectation'] = {
  ...{ id: 'row', text: 'as the row says', place: { file: '', line: 0, column: 0 }, verdict: 'allow' },
  ...{ services: [], from: [], to: [], reaches: null, evenWithout: [] },
};

describe.each([
  ['office', join(FOLDER, 'office/office.yaml')],
  ['two-gateways', join(import.meta.dirname, '../lab/two-gateways.yaml')],
  ['host-gateway', join(import.meta.dirname, '../support/host-gateway.yaml')],
])('%s', (name, file) => {
  test('lets through what rows say, and nothing that none has', async () => {
    const compiled = await compileFile(file);
    if (compiled.model === null) throw new Error(`${file} does not compile`);
    const model = { ...compiled.model, topology: `rows-${name.slice(0, 8)}` };
    const plan = probePlan(model);
    try {
      const { lab } = await labUp(model);
      const found = await readHosts(model, (host) => labConnection(lab, host));
      const world = foundWorld(model, found, { plan });
      const { rows } = askMany(model, world, { from: null, to: null });
      const allowed = rows.flatMap((row) => probeOf(row) ?? []);
      const denied = matrix(model, world, plan, MOST, 5)
        .filter((each) => each.reach.there.verdict !== 'unknown' && rowsFor(rows, each, world).length === 0)
        .filter(({ reach, probe }) => reach.arrived?.stack !== world.nodes.get(probe.from.node));
      expect([allowed.length > 10, denied.length > 20]).toEqual([true, true]);
      const probes = [...allowed, ...denied.map(({ probe }) => probe)];
      expect(new Set(denied.map(({ probe }) => probe.want))).toEqual(new Set(['deny']));
      const { results } = await labTest(model, lab, { plan: { ...plan, probes } });
      const failed = results.flatMap((result, index) => (result.passed ? [] : [{ result, sent: probes[index] }]));
      expect(failed).toEqual([]);
    } finally {
      await labDown(model.topology);
    }
  });
});

function probeOf({ state, from, to, family, witness, arrived, straight }: Row): Probe | undefined {
  const protocol = (['tcp', 'udp', 'icmp'] as const).find((each) => each === witness.protocol);
  const asked = protocol !== undefined && (protocol !== 'icmp' || witness.echo);
  if (state !== 'yes' || to === null || arrived === null || straight !== null || !asked) return undefined;
  return {
    ...{ expectation: EXPECTATION, want: 'allow', family, protocol, port: witness.port, twin: null, without: null },
    from: { node: from.node, address: witness.source },
    to: { node: null, address: witness.destination },
    target: { node: to.node, address: arrived.destination ?? witness.destination, port: arrived.destinationPort },
    ...{ forcedVia: null, listener: protocol === 'icmp' ? 'none' : 'temporary' },
  };
}
