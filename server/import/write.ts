/** A draft → the text of a topology file in normal form, with comments where a person should look. */
import { addressPart } from '../core/address.ts';
import { visibleText } from '../core/visible-text.ts';
import { formatTopology } from '../topology/format/format.ts';
import { fabricName } from './draft.ts';
import type { Draft, DraftBridge, DraftGuest, DraftNetwork, DraftPublish } from './draft.ts';

const STANDARD_MTU = 1500;

/** @param list lines for the end of the file: what it does not say. */
export function writeTopology(draft: Draft, list: readonly string[]): string {
  const lines = [
    ...comments('', draft.notes),
    `topology: ${draft.topology}`,
    ...section('networks', draft.networks.flatMap(network)),
    'hosts:',
    `  ${draft.host}:`,
    ...host(draft).map((line) => `    ${line}`),
    ...section(
      'guests',
      draft.guests.flatMap((guest) => guestLines(draft, guest)),
    ),
    ...gatewayLines(draft),
    ...comments('', list),
  ];
  const { text, diagnostics } = formatTopology({ file: 'imported.yaml', text: `${lines.join('\n')}\n` });
  if (text === null) throw new TypeError(`an import is no topology: ${JSON.stringify(diagnostics[0])}`);
  return text;
}

function section(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${name}:`, ...lines.map((line) => `  ${line}`)];
}

function comments(indent: string, notes: readonly string[]): readonly string[] {
  return notes.map((note) => `${indent}# ${visibleText(note)}`.trimEnd());
}

/** Quoted, so that nothing in it means anything; the normal form takes the quotes off again where they are not needed. */
const quote = (text: string): string => JSON.stringify(text);
const list = (texts: readonly string[]): string => `[${texts.map(quote).join(', ')}]`;
const oneOrList = (texts: readonly string[]): string => (texts.length === 1 ? quote(texts[0] ?? '') : list(texts));

function pairs(entries: readonly (readonly [string, string | null])[]): string {
  const written = entries.flatMap(([key, value]) => (value === null ? [] : [`${key}: ${value}`]));
  return written.length === 0 ? '{}' : `{ ${written.join(', ')} }`;
}

function network({ name, vlan, subnets, routers, mtu, notes }: DraftNetwork): readonly string[] {
  const parts = pairs([
    ['vlan', vlan === null ? null : String(vlan)],
    ['subnet', subnets.length === 0 ? null : oneOrList(subnets)],
    ['router', routers.length === 0 ? null : oneOrList(routers)],
    ['external', routers.length === 0 ? null : 'true'],
    ['mtu', mtu === STANDARD_MTU ? null : String(mtu)],
  ]);
  return [...comments('', notes), `${name}: ${parts}`];
}

function host({ access, bridges, bonds, networks, routes, gateway }: Draft): readonly string[] {
  const nics = networks.flatMap((each) => nicLine(each, gateway !== null));
  const bondLines = bonds.map(({ device, ports, mode, hash, primary }) => {
    const parts = pairs([
      ['ports', list(ports)],
      ['mode', mode],
      ['hash', hash],
      ['primary', primary === null ? null : quote(primary)],
    ]);
    return `${device}: ${parts}`;
  });
  return [
    `access: ${quote(access)}`,
    ...section('bridges', bridges.flatMap(bridgeLines)),
    ...section('bonds', bondLines),
    ...section('nics', nics),
    ...(gateway === null ? routeLines(routes) : []),
  ];
}

function bridgeLines({ device, existing, ports, networks, notes }: DraftBridge): readonly string[] {
  const plugged = ports.map((port) => `{ ${quote(port.device)}: { fabric: ${port.fabric} } }`);
  const parts = pairs([
    ['ports', plugged.length === 0 ? null : `[${plugged.join(', ')}]`],
    ['networks', list(networks)],
    ['existing', existing ? 'true' : null],
  ]);
  return [...comments('', notes), `${device}: ${parts}`];
}

/** Where a gateway runs in the host's stack, the addresses are its own; the host's part is the MAC that the interface has. */
function nicLine({ name, device, port, mac, addresses }: DraftNetwork, routed: boolean): readonly string[] {
  if (device === null || addresses.length === 0) return [];
  const own = routed ? null : oneOrList(addresses.map(addressPart));
  const parts: readonly (readonly [string, string | null])[] = [
    ['address', own],
    ['port', port ? quote(device) : null],
    ['fabric', port ? fabricName(device) : null],
    ['mac', mac === null ? null : quote(mac)],
  ];
  if (routed && (port || mac === null)) return [];
  return [`${name}: ${pairs(parts)}`];
}

function routeLines(routes: Draft['routes']): readonly string[] {
  return section(
    'routes',
    routes.map(({ to, via }) => `- { to: ${quote(to)}, via: ${quote(via)} }`),
  );
}

/** Where the port mappings lead. */
function listensOf({ gateway }: Draft, { addresses }: DraftGuest): readonly string[] {
  const ports = (gateway?.publishes ?? []).filter(({ target }) => addresses.includes(target.address));
  return [...new Set(ports.map(({ target }) => target.service))];
}

function guestLines(draft: Draft, guest: DraftGuest): readonly string[] {
  const { host: on } = draft;
  const { name, network: inNetwork, port, addresses, note } = guest;
  const nic = pairs([
    ['address', addresses.length === 0 ? null : oneOrList(addresses)],
    ['port', quote(port)],
  ]);
  const listens = listensOf(draft, guest);
  const parts = pairs([
    ['on', on],
    ['nics', `{ ${inNetwork}: ${nic} }`],
    ['listens', listens.length === 0 ? null : list(listens)],
  ]);
  return [...comments('', note === null ? [] : [note]), `${name}: ${parts}`];
}

const GATEWAY_NOTES = [
  'The host translates addresses in its own stack. The rules of others that do so now stay as they are; these say the same beside',
  'them. Take theirs out once this is applied and works.',
  'What comes to the host itself by broadcast or multicast on these networks is not let in any more.',
];

function besideNotes(beside: readonly string[]): readonly string[] {
  if (beside.length === 0) return [];
  return [`Nor is what goes between these networks and ${beside.join(', ')}, but for the way out to the internet.`];
}

const POLICY_NOTES = [
  'Everything passes, as far as the rules of others let it: they go on judging. Write what may pass instead, and then take theirs',
  'out.',
];

function gatewayLines({ gateway, networks, host: on, routes }: Draft): readonly string[] {
  if (gateway === null) return [];
  const routed = networks.filter(({ device, addresses }) => device !== null && addresses.length > 0);
  const nics = routed.map(({ name, device, port, addresses }) => {
    const parts = pairs([
      ['address', oneOrList(addresses.map(addressPart))],
      ['port', port ? quote(device ?? '') : null],
      ['fabric', port ? fabricName(device ?? '') : null],
    ]);
    return `${name}: ${parts}`;
  });
  const nat = [
    ...section(
      'masquerade',
      gateway.masquerades.flatMap(({ from, to, note }) => [...comments('', [note]), `- ${from} -> ${to}`]),
    ),
    ...section('publish', gateway.publishes.flatMap(publishLines)),
  ];
  const names = routed.map(({ name }) => name);
  const everyone = [...names, ...(routed.some(({ routers }) => routers.length > 0) ? ['internet'] : [])];
  return [
    ...comments('', [...GATEWAY_NOTES, ...besideNotes(gateway.beside)]),
    'gateways:',
    `  ${gateway.name}:`,
    ...['on: ' + on, 'runs: host', ...section('nics', nics), ...section('nat', nat), ...routeLines(routes)].map(
      (line) => `    ${line}`,
    ),
    ...comments('', POLICY_NOTES),
    'policy:',
    `  - { allow: any, from: ${list(everyone)}, to: ${list(everyone)} }`,
  ];
}

function publishLines({ listen, to, from, note }: DraftPublish): readonly string[] {
  const parts = pairs([
    ['listen', quote(listen)],
    ['to', quote(to)],
    ['from', from.length === 0 ? null : list(from)],
  ]);
  return [...comments('', [note]), `- ${parts}`];
}
