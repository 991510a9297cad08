/** What NAT does to a packet: by the chains for the first of a flow, by what was decided then for the others. */
import type { Binding } from './connection.ts';
import type { Hook, HookedChain } from './hooks.ts';
import type { Journey } from './journey.ts';
import type { Resolved } from './outcome.ts';
import type { FieldValue, Packet } from './packet.ts';
import { addressField, familyOf, portField, SOME, withFields } from './packet.ts';
import type { Stack } from './stack.ts';

const STATUS = { source: 16n, destination: 32n } as const;

/** Source or destination: the one that this hook may change. */
function sideOf(hook: Hook): 'source' | 'destination' {
  return hook === 'prerouting' || hook === 'output' ? 'destination' : 'source';
}

export function bind(hook: Hook, journey: Journey): Journey {
  const { connection, packet } = journey;
  if (!('bound' in connection)) return journey;
  const side = sideOf(hook);
  const binding: Binding | null = connection.bound[side];
  if (binding === null) return journey;
  const changes: [ReturnType<typeof addressField>, FieldValue][] = [
    [addressField(familyOf(packet), side), binding.address],
    ...(binding.port === null
      ? []
      : ([[portField(side), binding.port]] as [ReturnType<typeof portField>, FieldValue][])),
  ];
  return { ...journey, packet: withFields(packet, changes) };
}

/** Chain after chain until one of them translates; `accept` only ends its own. */
export function translateFirst(
  stack: Stack,
  hook: Hook,
  chains: readonly HookedChain[],
  journey: Journey,
  follow: (journey: Journey, hook: Hook, chain: HookedChain) => readonly Journey[],
): readonly Journey[] {
  const [chain, ...others] = chains;
  if (chain === undefined) return [journey];
  const outcomes = chain.run(journey.packet);
  const followed = follow(journey, hook, { ...chain, run: () => outcomes });
  return followed.flatMap((next, index): readonly Journey[] => {
    if (next.end !== null) return [next];
    const translation = outcomes[index]?.translation ?? null;
    if (translation === null) return translateFirst(stack, hook, others, next, follow);
    return [applied(stack, hook, next, translation)];
  });
}

function applied(stack: Stack, hook: Hook, journey: Journey, translation: Resolved): Journey {
  const { side, family } = translation;
  const { packet } = journey;
  const own = packet.get(addressField(family, side)) ?? SOME;
  const address =
    translation.address === 'interface' ? interfaceAddress(stack, hook, packet) : (translation.address ?? own);
  if (address === null) {
    const by = journey.steps.at(-1)?.by ?? null;
    return {
      ...journey,
      end: { verdict: 'dropped', by },
      notes: [...journey.notes, 'the interface has no address to translate to'],
    };
  }
  const former = packet.get(portField(side));
  const hasPort = former !== undefined && former !== null;
  const port = !hasPort ? null : translation.port !== null ? translation.port : translation.random ? SOME : former;
  const changed = isChange(own, address) ?? (hasPort ? isChange(former, port) : false);
  const status = packet.get('ct status');
  const marked: FieldValue =
    changed === null || typeof status !== 'bigint' ? SOME : changed ? status | STATUS[side] : status;
  const moved = withFields(packet, [
    [addressField(family, side), address],
    ['ct status', marked],
    ...(hasPort ? [[portField(side), port] as const] : []),
  ]);
  return { ...journey, packet: moved };
}

/** `null`: nobody knows; `undefined` where it stays, so that the port decides. */
function isChange(before: FieldValue, after: FieldValue): boolean | null | undefined {
  if (before === SOME || after === SOME) return null;
  return before === after ? undefined : true;
}

function interfaceAddress(stack: Stack, hook: Hook, packet: Packet): FieldValue {
  if (hook === 'output') return familyOf(packet) === 4 ? 0x7f_00_00_01n : 1n;
  const device = packet.get(hook === 'prerouting' || hook === 'input' ? 'iifname' : 'oifname');
  if (typeof device !== 'string') return SOME;
  const address = stack.address(device, packet);
  return address === undefined ? SOME : address;
}
