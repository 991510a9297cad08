/** Sets of packets through whole topologies, against one packet at a time through the same. */
import { describe, expect, it } from 'vitest';
import { formatAddress, mustParseAddress } from '../../server/core/address.ts';
import type { Family } from '../../server/core/address.ts';
import type { World } from '../../server/flow/world.ts';
import { compileFile } from '../../server/model/compile-file.ts';
import { probePlan } from '../../server/model/probes.ts';
import type { Box } from '../../server/reach/sets/boxes.ts';
import type { Spread } from '../../server/reach/sets/spread.ts';
import { spreadFrom } from '../../server/reach/sets/spread.ts';
import { reach } from '../../server/reach/walk/reach.ts';
import type { Question } from '../../server/reach/walk/reach.ts';
import { wantedWorld } from '../../server/run/worlds.ts';

const TOPOLOGIES = ['office', 'separated-services', 'transparent-proxy', 'app-vlans'];
const NUMBERS = { tcp: () => 6n, udp: () => 17n, icmp: (family: Family) => (family === 4 ? 1n : 58n) } as const;

const has = (spans: Box['ports'], value: bigint): boolean =>
  spans.some(({ first, last }) => value >= first && value <= last);

const isEcho = (box: Box, family: Family): boolean => has(box.icmpTypes, family === 4 ? 8n : 128n);

/** The first packet of a box that can be asked about. */
function questionIn(from: string, family: Family, box: Box): Question | undefined {
  const protocols = (['tcp', 'udp', 'icmp'] as const).filter((word) => box.protocols.includes(NUMBERS[word](family)));
  const protocol = protocols.find((word) => word !== 'icmp' || isEcho(box, family));
  const [source, destination, port] = [box.sources[0], box.destinations[0], box.ports[0]];
  if (protocol === undefined || source === undefined || destination === undefined || port === undefined)
    return undefined;
  return {
    ...{ from, protocol, listening: true, port: protocol === 'icmp' ? null : Number(port.first) },
    source: formatAddress(family, source.first),
    to: formatAddress(family, destination.first),
  };
}

function senders({ stacks }: World): readonly string[] {
  return [...stacks.values()].filter(({ sort }) => sort !== 'host' && sort !== 'namespace').map(({ id }) => id);
}

describe.each(TOPOLOGIES)('%s', (name) => {
  it('lets a packet get wherever its set is said to get', async () => {
    const world = await worldOf(name);
    let asked = 0;
    for (const from of senders(world)) {
      for (const family of [4, 6] as const) {
        for (const each of spreadFrom(world, from, family).list) {
          const question = each.sure ? questionIn(from, family, each.sent) : undefined;
          if (question === undefined) continue;
          asked += 1;
          expect(reach(world, question).there, JSON.stringify(question)).toMatchObject({
            verdict: 'delivered',
            end: { stack: each.stack },
          });
        }
      }
    }
    expect(asked).toBeGreaterThan(5);
  });
  it('has every packet in a set that gets somewhere', async () => {
    const { model } = await compileFile(fileOf(name));
    if (model === null) throw new Error(name);
    const world = wantedWorld(model);
    let delivered = 0;
    for (const { from, to, protocol, port, family, without, forcedVia } of probePlan(model).probes) {
      const sender = world.nodes.get(from.node);
      if (sender === undefined || without !== null || forcedVia !== null) continue;
      const question: Question = {
        from: sender,
        source: from.address,
        to: to.address,
        protocol,
        port,
        listening: true,
      };
      const { there } = reach(world, question);
      if (there.verdict !== 'delivered' || there.end === null || there.end.stack === sender) continue;
      delivered += 1;
      const [source, destination] = [from.address, to.address].map((each) => mustParseAddress(each).value);
      const end = there.end.stack;
      const covers = ({ stack, sent }: Spread): boolean =>
        stack === end &&
        has(sent.sources, source ?? 0n) &&
        has(sent.destinations, destination ?? 0n) &&
        sent.protocols.includes(NUMBERS[protocol](family)) &&
        (port === null ? isEcho(sent, family) : has(sent.ports, BigInt(port)));
      expect(spreadFrom(world, sender, family).list.some(covers), JSON.stringify(question)).toBe(true);
    }
    expect(delivered).toBeGreaterThan(2);
  });
});

const fileOf = (name: string): string => `topologies/${name}/${name}.yaml`;

async function worldOf(name: string): Promise<World> {
  const { model } = await compileFile(fileOf(name));
  if (model === null) throw new Error(`${name} is not right`);
  return wantedWorld(model);
}
