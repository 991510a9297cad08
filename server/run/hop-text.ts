/** Hops and what decides at them, as documents and as text: a rule of ours by the line of the file that it comes from. */
import { endpointText } from '../core/endpoint-text.ts';
import type { Model } from '../flow/model.ts';
import type { Decider, Hop, PacketView, Way } from '../reach/walk/answer.ts';
import { ruleText } from '../reach/walk/way.ts';
import { placesOf } from './places.ts';

export type Lines = ReadonlyMap<string, { readonly file: string; readonly line: number }>;

export function linesOf(model: Model): Lines {
  return new Map([...placesOf(model)].map(([id, { file, line }]) => [id, { file, line }]));
}

export function hopsOf({ hops }: Way, lines: Lines): readonly unknown[] {
  return hops.map(({ node, interface: device, action, rule, packet, note }) => ({
    ...{ node, interface: device, action, rule: deciderOf(rule, lines), packet, note },
  }));
}

/** A rule of ours by the line that it comes from, one of somebody else by table, chain and handle. */
export function deciderOf(by: Decider | null, lines: Lines): unknown {
  if (by === null) return null;
  if (by.type !== 'rule') return { type: by.type, text: by.text };
  const place = by.id === null ? undefined : lines.get(by.id);
  return { ...by, file: place?.file ?? null, line: place?.line ?? null };
}

export function hopText({ node, interface: device, action, rule, packet, note }: Hop, lines: Lines): string {
  const by = rule === null ? '' : ` by ${deciderText(rule, lines)}`;
  const on = device === null ? '' : ` on ${device}`;
  return `${node}${on} ${action} ${packetText(packet)}${by}${note === null ? '' : ` (${note})`}`;
}

export function deciderText(by: Decider, lines: Lines): string {
  if (by.type !== 'rule') return by.type === 'route' ? `route ${by.text}` : by.text;
  const place = by.id === null ? undefined : lines.get(by.id);
  return place === undefined ? ruleText(by) : `line ${String(place.line)} (${by.table} ${by.chain})`;
}

function packetText({ source, sourcePort, destination, destinationPort }: PacketView): string {
  const end = (address: string | null, port: number | null): string =>
    address === null ? 'an address that is not known' : port === null ? address : endpointText(address, port);
  return `${end(source, sourcePort)} → ${end(destination, destinationPort)}`;
}
