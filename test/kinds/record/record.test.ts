import { expect, test } from 'vitest';
import { record } from '../../../server/kinds/record/index.ts';
import { CONTEXT, staged } from '../support/text.ts';
import { view } from '../support/view.ts';

const port = (device: string) => ({
  kind: 'port',
  id: `port:${device}`,
  scope: '',
  device,
  bridge: null,
  vlans: [],
  mtu: 9000,
  up: false,
  borrowed: false,
});
const kept = (...devices: readonly string[]) => {
  const [one] = record.keeps?.('shop', Object.fromEntries(devices.map((each) => [`port:${each}`, port(each)]))) ?? [];
  if (one === undefined) throw new Error('nothing is kept');
  return one;
};

test('nothing borrowed, no record', () => {
  expect(record.keeps?.('shop', {})).toEqual([]);
});

test('is a file on the host, and found again as it was written', () => {
  const [command] = record.commands(undefined, kept('eno1'), CONTEXT);
  if (command?.tool !== 'file' || command.content === null) throw new Error('not a file');
  expect(command.path).toBe('/run/trunkline/borrowed/shop.json');
  const read = JSON.parse(command.content) as {
    format: number;
    topology: string;
    former: Record<string, ReturnType<typeof port>>;
  };
  expect(record.observe(view([], { record: read }), { topology: 'shop', wanted: new Map() })).toEqual([kept('eno1')]);
  expect(record.schema.safeParse(kept('eno1')).success).toBe(true);
});

test('keeps first, forgets last', () => {
  expect(staged(record, undefined, kept('eno1'))).toBe('closes:\ntee /run/trunkline/borrowed/shop.json');
  expect(record.stages?.(kept('eno1'), kept('eno2'))).toEqual([
    { effect: 'closes', state: kept('eno1', 'eno2') },
    { effect: 'removes', state: kept('eno2') },
  ]);
  expect(staged(record, kept('eno1'), undefined)).toBe('removes:\nrm -f /run/trunkline/borrowed/shop.json');
});

test('a record of a newer format is refused', () => {
  const newer = { format: 2, topology: 'shop', former: {} };
  expect(() => record.observe(view([], { record: newer }), { topology: 'shop', wanted: new Map() })).toThrow(
    /newer format/,
  );
});
