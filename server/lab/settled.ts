/** An IPv6 address that a host has just been given cannot be sent from until nobody has claimed it (RFC 4862 5.4). */
import { setTimeout } from 'node:timers/promises';
import type { Model } from '../flow/model.ts';
import type { Probe } from '../flow/probe.ts';
import { readIp } from './enter.ts';
import type { Lab } from './lab.ts';
import type { IpObject } from './tool.ts';

/** A random second, and another one to wait for an answer: longer than that it is no address, and the probe says so. */
const LONGEST_MS = 5000;
const PAUSE_MS = 100;

/** Waits for the addresses of hosts that probes are sent from; guests and gateways of a lab have theirs at once. */
export async function settledAddresses(model: Model, lab: Lab, probes: readonly Probe[]): Promise<void> {
  const senders = new Set(probes.filter(({ family }) => family === 6).map(({ from }) => from.node));
  let nodes = [...senders].filter((name) => model.hosts.has(name)).flatMap((name) => lab.nodes.get(name) ?? []);
  const limit = performance.now() + LONGEST_MS;
  while (nodes.length > 0) {
    const listings = await readIp(nodes, [['addr', 'show', 'tentative']]);
    // Links that have none are listed as well.
    nodes = nodes.filter((_, index) => (listings[index]?.[0] ?? []).some(isWaiting));
    if (nodes.length === 0 || performance.now() > limit) return;
    await setTimeout(PAUSE_MS);
  }
}

function isWaiting({ addr_info: addresses }: IpObject): boolean {
  return Array.isArray(addresses) && addresses.length > 0;
}
