import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Probe } from '../../server/flow/probe.ts';
import type { Agents } from '../../server/lab/agents.ts';
import type { AgentAnswer } from '../../server/lab/control.ts';
import { sendRound } from '../../server/lab/rounds.ts';
import { wavesOf } from '../../server/lab/waves.ts';
import { compileFile } from '../../server/model/compile-file.ts';
import { probePlan } from '../../server/model/probes.ts';

async function scale(pairs: number) {
  const file = join(import.meta.dirname, 'scale.yaml');
  const { model } = await compileFile(file, { set: new Map([['pairs', String(pairs)]]) });
  if (model === null) throw new Error('scale.yaml does not compile');
  return { model, plan: probePlan(model) };
}

const nodesOf = ({ from, to, target }: Probe): readonly (string | null)[] => [from.node, target?.node ?? to.node];

describe('waves', () => {
  test('there is one where there is room for all', async () => {
    const { model, plan } = await scale(2);
    const waves = wavesOf(model, plan, { 4: 100_000, 6: 100_000 });
    expect(waves).toHaveLength(1);
    expect(waves[0]?.allowed.length).toBe(plan.probes.filter(({ want }) => want === 'allow').length);
  });

  test('every probe is in one, and what is denied goes where its target was heard of before', async () => {
    const { model, plan } = await scale(6);
    const waves = wavesOf(model, plan, { 4: 400, 6: 400 });
    expect(waves.length).toBeGreaterThan(2);
    const all = waves.flatMap(({ allowed, denied }) => [...allowed, ...denied]);
    expect(new Set(all)).toEqual(new Set(plan.probes));
    expect(all).toHaveLength(plan.probes.length);
    for (const { allowed, denied } of waves) {
      expect(allowed.every(({ want }) => want === 'allow')).toBe(true);
      expect(denied.every(({ want }) => want === 'deny')).toBe(true);
    }
    const warm = waves.flatMap(({ allowed, denied }) => {
      const nodes = new Set(allowed.flatMap(nodesOf));
      return denied.filter(({ to, target }) => nodes.has(target?.node ?? to.node));
    });
    expect(warm.length).toBeGreaterThan(0.8 * plan.probes.filter(({ want }) => want === 'deny').length);
  });
});

/** Agents that answer as told, and what they were asked. */
function agentsThat(answerTo: (address: string) => string): { readonly agents: Agents; readonly sent: string[] } {
  const sent: string[] = [];
  const ask = (...words: readonly string[]): Promise<AgentAnswer> => {
    sent.push(words[4] ?? '');
    const key = String(sent.length);
    return Promise.resolve({ tag: key, outcome: answerTo(words[4] ?? ''), keys: [key], answer: '', reason: '' });
  };
  const client = { node: undefined as never, ask, demand: ask, close: () => undefined };
  return {
    sent,
    agents: {
      placeOf: (agent) => ({ agent, scope: '-' }),
      of: () => Promise.resolve(client),
      close: () => Promise.resolve(),
    },
  };
}

describe('a round', () => {
  const round = async (losses: readonly number[], answerTo: (address: string) => string) => {
    const { plan } = await scale(1);
    const probes = plan.probes.filter(({ want }) => want === 'deny').slice(0, 8);
    const { agents, sent } = agentsThat(answerTo);
    let [asked, rooms] = [0, 0];
    const outcomes = await sendRound(probes, {
      agents,
      markOf: () => 0,
      countLost: () => Promise.resolve(losses[asked++] ?? losses.at(-1) ?? 0),
      makeRoom: () => {
        rooms += 1;
        return Promise.resolve();
      },
      onEnded: () => undefined,
    });
    return { probes, sent, rooms, outcomes: probes.map((probe) => outcomes.get(probe)) };
  };

  test('is sent once where the kernel lost nothing', async () => {
    const { sent, rooms, outcomes, probes } = await round([5], () => 'silent');
    expect(sent).toHaveLength(probes.length);
    expect(rooms).toBe(0);
    expect(outcomes.every((each) => each?.outcome === 'silent')).toBe(true);
  });

  test('is sent again in parts where packets were lost, and knows the earlier packets as well', async () => {
    const { sent, rooms, outcomes, probes } = await round([0, 3], () => 'silent');
    expect(sent).toHaveLength(2 * probes.length);
    expect(rooms).toBe(4);
    expect(outcomes.every((each) => each?.outcome === 'silent' && each.keys.length === 2)).toBe(true);
  });

  test('what was answered is not asked again', async () => {
    const { sent, probes, outcomes } = await round([0, 3], () => 'refused');
    expect(sent).toHaveLength(probes.length);
    expect(outcomes.every((each) => each?.outcome === 'refused')).toBe(true);
  });

  test('silence proves nothing where packets are lost each time', async () => {
    const rising = Array.from({ length: 10_000 }, (_, index) => index);
    const { outcomes } = await round(rising, () => 'silent');
    expect(outcomes.every((each) => each?.outcome === 'error' && each.reason.includes('lost packets'))).toBe(true);
  });
});
