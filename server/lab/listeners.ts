import type { Probe } from '../flow/probe.ts';
import type { Agents } from './agents.ts';

/** A listener that is there for a test only. */
export interface OpenedListener {
  readonly agent: string;
  readonly words: readonly string[];
}

/** Declared listeners stay; the others are closed after the test. Where a program of the user's listens already, it stays. */
export async function openListeners(probes: readonly Probe[], agents: Agents): Promise<readonly OpenedListener[]> {
  const wanted = new Map<string, OpenedListener & { readonly node: string; readonly temporary: boolean }>();
  for (const { target, others = [], protocol, listener } of probes) {
    if (protocol === 'icmp' || listener === 'none') continue;
    for (const { node, port } of [...(target === null ? [] : [target]), ...others]) {
      if (port === null) continue;
      const { agent, scope } = agents.placeOf(node);
      const words = [scope, protocol, String(port), String(port)];
      const key = [agent, ...words].join(' ');
      if (!wanted.has(key)) wanted.set(key, { agent, words, node, temporary: listener === 'temporary' });
    }
  }
  const opened = await Promise.all(
    [...wanted.values()].map(async ({ agent, words, node, temporary }) => {
      const [scope = '', ...rest] = words;
      const answer = await (await agents.of(agent)).ask('listen', scope, node, ...rest);
      return temporary && answer['opened'] === 1 ? [{ agent, words }] : [];
    }),
  );
  return opened.flat();
}

export async function closeListeners(opened: readonly OpenedListener[], agents: Agents): Promise<void> {
  await Promise.all(
    opened.map(async ({ agent, words }) => {
      await (await agents.of(agent)).ask('unlisten', ...words);
    }),
  );
}
