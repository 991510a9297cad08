import assert from 'node:assert/strict';
import { applyModel, destroyModel } from '../../server/run/apply.ts';
import { clutterOn } from '../support/clutter.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { hostPicture, samePicture } from '../support/picture.ts';
import { openWalkHost, walkModels } from '../support/walk.ts';
import type { Rig, TortureRow } from './row.ts';
import { foreignOn, moreClutterOn } from './support/foreign.ts';
import { openMonitor } from './support/monitor.ts';

const LENGTH = 3;

/** @param spoil done to the host at every transition: where a fault is planted. */
async function openRig(spoil: (host: HostNamespace) => Promise<unknown> = () => Promise.resolve()): Promise<Rig> {
  const host = await openWalkHost();
  await clutterOn(host);
  await moreClutterOn(host);
  const foreign = await foreignOn(host, 'walk');
  const monitor = await openMonitor(host);
  return {
    async one(seed) {
      const models = walkModels(seed, LENGTH);
      const [untouched, before] = [await foreign.picture(), await hostPicture(host)];
      let events = 0;
      await monitor.heard();
      const step = async (run: ReturnType<typeof applyModel>): Promise<void> => {
        const [result] = (await run).hosts;
        assert.deepEqual(result?.failure, null);
        await spoil(host);
        const heard = await monitor.heard();
        events += heard.length;
        const blamed = heard.flatMap((event) => {
          const blame = foreign.blame(event);
          return blame === null ? [] : [`${blame}: ${event}`];
        });
        assert.deepEqual(blamed, []);
        samePicture(await foreign.picture(), untouched, 'what is not ours');
      };
      for (const model of models) await step(applyModel(model, () => host.connection));
      const last = models.at(-1);
      if (last !== undefined) await step(destroyModel(last, () => host.connection));
      samePicture(await hostPicture(host), before, 'the host after destroy');
      return { transitions: LENGTH + 1, 'events attributed': events };
    },
    async close() {
      await monitor.close();
      await host.close();
    },
  };
}

const touching =
  (...argv: readonly string[]) =>
  (): Promise<Rig> =>
    openRig((host) => host.run(...argv));

export const ownership: TortureRow = {
  invariant: 'I1',
  promise: 'what is not ours is the same, byte by byte, and no event is about it',
  unit: 'walks over three random topologies and back, beside other managers',
  target: 500,
  inCi: 2,
  open: () => openRig(),
  mutants: [
    {
      name: "somebody else's link that is changed and changed back",
      within: 1,
      open: touching('sh', '-c', 'ip link set dev docker0 alias x && ip link set dev docker0 alias ""'),
    },
    {
      name: "a setting of somebody else's link",
      within: 1,
      open: touching('sysctl', '-qw', 'net.ipv4.conf.virbr0.rp_filter=0'),
    },
    { name: 'a rule in a foreign table', within: 1, open: touching('nft', 'add rule ip filter FORWARD accept') },
    {
      name: "somebody else's route that goes for a moment",
      within: 1,
      open: touching('sh', '-c', 'ip route del 10.99.0.0/16 && ip route add 10.99.0.0/16 via 172.17.0.9 proto 66'),
    },
    { name: "somebody else's routing rule", within: 1, open: touching('ip', 'rule', 'del', 'pref', '501') },
    { name: 'a setting for all links', within: 1, open: touching('sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=1') },
  ],
};
