/** A gateway between two guests, packets from one to the other, and rules that change meanwhile. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { firewall } from '../../../server/kinds/firewall/index.ts';
import type { NftTable } from '../../../server/kinds/nft-table.ts';
import { hostIn, modelOf } from '../../kinds/firewall/model.ts';
import { scratchNamespaces } from '../../kernel/support/scratch.ts';
import type { Rig } from '../row.ts';
import { judge, refuseLeaks, shown, worstGap } from './judging.ts';
import { policyEntries, policyPair, PORTS } from './policies.ts';
import type { Sentence } from './policies.ts';
import { randomFrom } from './spoiled.ts';
import { openStream, streamProgram } from './stream.ts';

export interface Crossing {
  /** How often one policy follows the other, in each case. */
  readonly changes: number;
  /** Entries about other traffic in each policy. */
  readonly more?: number;
  /** Somebody who takes a processor for himself meanwhile. */
  readonly busy?: boolean;
  /** From the texts of a change to what nft is given, one text a call: where a fault is planted. */
  readonly spoil?: (texts: ChangeTexts) => readonly string[];
}

export interface ChangeTexts {
  /** The change as it is. */
  readonly change: string;
  /** What would take the former table away, and make the new one where there is none. */
  readonly remove: string;
  readonly create: string;
}

/** A machine that is never quiet cannot say anything about losses. */
const MOST_VOID = 8;

export async function openCrossing({
  changes,
  more,
  busy = false,
  spoil = ({ change }) => [change],
}: Crossing): Promise<Rig> {
  const scratch = scratchNamespaces();
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-crossing-'));
  const [client, gateway, guest] = [scratch.add('tl-ch-client'), scratch.add('tl-ch-gw'), scratch.add('tl-ch-guest')];
  const inside = (namespace: string): readonly string[] => ['ip', 'netns', 'exec', namespace];
  for (const [device, end, here, there] of [
    ['shop', client, '10.1.1.1', '10.1.1.10/24'],
    ['db', guest, '10.1.2.1', '10.1.2.10/24'],
  ] as const) {
    scratch.run(gateway, ['ip', 'link', 'add', 'name', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', end]);
    scratch.run(gateway, ['ip', 'addr', 'add', `${here}/24`, 'dev', device]);
    scratch.run(end, ['ip', 'addr', 'add', there, 'dev', 'eth0']);
    scratch.run(gateway, ['ip', 'link', 'set', 'dev', device, 'up']);
    scratch.run(end, ['ip', 'link', 'set', 'dev', 'eth0', 'up']);
    scratch.run(end, ['ip', 'route', 'add', 'default', 'via', here]);
  }
  scratch.run(gateway, ['sysctl', '-q', '-w', 'net.ipv4.ip_forward=1']);
  const stream = await openStream(streamProgram(folder), {
    from: inside(client),
    to: inside(guest),
    source: '10.1.1.10',
    destination: '10.1.2.10',
    ports: PORTS,
  });
  const hog = busy ? scratch.start(gateway, ['sh', '-c', 'while :; do :; done']) : null;

  const tableOf = (policy: readonly Sentence[]): NftTable => {
    const model = modelOf({
      namespace: gateway,
      networks: { shop: ['10.1.1.0/24'], db: ['10.1.2.0/24'] },
      gateway: { shop: ['10.1.1.1'], db: ['10.1.2.1'] },
      policy: policyEntries(policy),
    });
    const [table] = firewall.desire(model, hostIn(model));
    if (table === undefined) throw new Error('no table');
    return table;
  };
  const files = async (name: string, before: NftTable, after: NftTable): Promise<readonly string[]> => {
    const texts = spoil({
      change: inputOf(before, after),
      remove: inputOf(before, undefined),
      create: inputOf(undefined, after),
    });
    return Promise.all(
      texts.map(async (text, index) => {
        const file = join(folder, `${name}-${String(index)}.nft`);
        await writeFile(file, text);
        return file;
      }),
    );
  };

  return {
    async one(seed) {
      const [one, other] = policyPair(randomFrom(seed), more);
      const [first, second] = [tableOf(one), tableOf(other)];
      scratch.run(gateway, ['nft', '-f', '-'], `flush ruleset\n${inputOf(undefined, first)}`);
      const there = await files('there', first, second);
      const back = await files('back', second, first);
      const round = [...there, ...back];
      const loop =
        'n=$1; shift; while [ "$n" -gt 0 ]; do for file; do nft -f "$file" || exit 1; done; n=$((n - 1)); done';
      const argv = ['netns', 'exec', gateway, 'sh', '-c', loop, 'loop', String(changes / 2), ...round];
      for (let attempt = 0; attempt < MOST_VOID; attempt += 1) {
        const quiet = await stream.during(() => sleep(150));
        const startedMs = performance.now();
        const flows = await stream.during(() => execa('ip', argv));
        const seconds = (performance.now() - startedMs) / 1000;
        const after = await stream.during(() => sleep(150));
        if (flows === null || quiet === null || after === null) continue;
        refuseLeaks(flows, one, other);
        const judged = judge(flows, one, other);
        // With no change at all everything has to arrive, before and after: else it is the machine that loses packets.
        const lossless = [quiet, after].every((each) => judge(each, one, one).lost === 0);
        if (!lossless) continue;
        if (judged.lost > 0)
          throw new Error(`${String(judged.lost)} packets were lost that both allow: ${shown(flows)}`);
        return {
          ...judged.figures,
          transitions: changes,
          'seconds probed': seconds,
          'packets sent': flows.reduce((sum, { sent }) => sum + sent, 0),
          'void runs': attempt,
          'worst gap with no change, in ms': worstGap(quiet, one, one),
        };
      }
      throw new Error(
        `the machine dropped packets of its own accord in ${String(MOST_VOID)} runs: too busy to say anything`,
      );
    },
    async close() {
      hog?.kill('SIGKILL');
      await stream.close();
      scratch.remove();
      await rm(folder, { recursive: true });
    },
  };
}

function inputOf(before: NftTable | undefined, after: NftTable | undefined): string {
  return firewall
    .commands(before, after, { topology: 'shop', doomedGroup: 1 })
    .map((command) => (command.tool === 'nft' ? command.input : ''))
    .join('');
}
