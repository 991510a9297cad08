/** Random tables of the subset, in normal form: what may be desired, and what the kernel must give back unchanged. */
import fc from 'fast-check';
import type {
  Chain,
  DataType,
  Interval,
  NamedSet,
  Rule,
  SetElement,
  Statement,
  Table,
} from '../../../server/core/nft/ast.ts';
import { normaliseTable } from '../../../server/core/nft/normalise.ts';
import {
  ACCEPT,
  ANY_PORT,
  conntrackState,
  COUNTER,
  destination,
  DROP,
  familyWord,
  FLOW_MARK,
  match,
  meta,
  oneOf,
  originalDestination,
  PACKET_MARK,
  payload,
  PROTOCOL,
  REPLY,
  setMark,
  source,
  together,
  TRANSLATED,
} from '../../../server/core/nft/write.ts';

const family = fc.constantFrom(4 as const, 6 as const);
const id = fc.option(fc.stringMatching(/^[a-z][a-zA-Z0-9 ,.:/@+=_-]{0,60}$/), { nil: null });
const device = fc.constantFrom('wan', 'shop', 'db', 'a', 'eno1.10', 'b-2', 'n23456789012345');
const port: fc.Arbitrary<Interval> = fc.oneof(
  fc.integer({ min: 1, max: 65535 }),
  fc.constantFrom<Interval>(
    { range: [0, 1023] },
    { range: [8192, 16383] },
    { range: [10000, 10100] },
    { range: [1, 65535] },
  ),
);

/** Two of different index never overlap: each has its own /24 (or /120). */
function addressAt(index: number, of: 4 | 6): fc.Arbitrary<Interval> {
  const at = (host: number): string =>
    of === 4
      ? `10.${String(index >> 8)}.${String(index & 255)}.${String(host)}`
      : `2001:db8::${index.toString(16)}:${host.toString(16)}`;
  const bits = of === 4 ? 32 : 128;
  return fc.oneof(
    fc.integer({ min: 0, max: 255 }).map(at),
    fc.integer({ min: 1, max: 8 }).map((zeros) => ({ prefix: { addr: at(0), len: bits - zeros } })),
    fc
      .tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 101, max: 255 }))
      .map(([a, b]): Interval => ({ range: [at(a), at(b)] })),
  );
}

const address = (of: 4 | 6): fc.Arbitrary<Interval> =>
  fc.integer({ min: 0, max: 600 }).chain((index) => addressAt(index, of));
const oneAddress = (of: 4 | 6): fc.Arbitrary<string> =>
  fc
    .integer({ min: 1, max: 60_000 })
    .map((n) => (of === 4 ? `192.168.${String(n >> 8)}.${String(n & 255)}` : `2001:db8:1::${n.toString(16)}`));

/** Every shape of set that the kinds make. */
type Shape = Pick<NamedSet, 'key' | 'data' | 'interval'>;
const of4 = (types: readonly DataType[], to: 4 | 6): DataType[] =>
  types.map((type) => (type === 'ipv4_addr' && to === 6 ? 'ipv6_addr' : type));
const SHAPES: readonly Shape[] = ([4, 6] as const).flatMap((to): Shape[] => [
  { key: of4(['ipv4_addr'], to), data: null, interval: true },
  { key: of4(['ifname', 'ipv4_addr'], to), data: null, interval: true },
  { key: of4(['ifname', 'ipv4_addr'], to), data: of4(['ipv4_addr'], to), interval: true },
  { key: of4(['ifname', 'ipv4_addr'], to), data: null, interval: false },
  { key: of4(['ipv4_addr', 'ipv4_addr', 'inet_proto', 'inet_service'], to), data: null, interval: true },
  {
    key: of4(['ipv4_addr', 'inet_proto', 'inet_service'], to),
    data: of4(['ipv4_addr', 'inet_service'], to),
    interval: false,
  },
  { key: of4(['ipv4_addr', 'inet_proto', 'inet_service'], to), data: of4(['ipv4_addr'], to), interval: true },
  {
    key: of4(['ipv4_addr', 'ipv4_addr', 'inet_proto', 'inet_service'], to),
    data: null,
    interval: false,
  },
  { key: of4(['ipv4_addr', 'inet_proto', 'inet_service'], to), data: null, interval: true },
  { key: ['ifname', 'ifname'], data: 'verdict', interval: false },
]);

function part(type: DataType, index: number, interval: boolean): fc.Arbitrary<Interval> {
  switch (type) {
    case 'ipv4_addr':
    case 'ipv6_addr': {
      const of = type === 'ipv4_addr' ? 4 : 6;
      return interval
        ? addressAt(index, of)
        : fc.constant(
            of === 4 ? `10.9.${String(index >> 8)}.${String(index & 255)}` : `2001:db8:9::${index.toString(16)}`,
          );
    }
    case 'inet_service':
      return interval ? port : fc.integer({ min: 1, max: 65535 });
    case 'inet_proto':
      return fc.constantFrom('tcp', 'udp', 'icmp', 'ipv6-icmp');
    default:
      return device;
  }
}

function setOf(shape: Shape, jumps: readonly string[]): fc.Arbitrary<NamedSet> {
  const indexes = fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 6 });
  const value = (): fc.Arbitrary<SetElement['value']> => {
    if (shape.data === null) return fc.constant(null);
    if (shape.data === 'verdict') {
      return fc.constantFrom<SetElement['value']>(
        { accept: null },
        { drop: null },
        ...jumps.map((target) => ({ jump: { target } })),
      );
    }
    const [first] = shape.data;
    const to = oneAddress(first === 'ipv4_addr' ? 4 : 6);
    return shape.data.length === 1
      ? to.map((one) => [one])
      : fc.tuple(to, fc.integer({ min: 1, max: 65535 })).map(([one, at]) => [one, at]);
  };
  const plain = shape.key.length === 1;
  const elements = indexes.chain((list) =>
    fc.tuple(
      ...list.map((index) =>
        fc.record({
          key: fc.tuple(...shape.key.map((type) => part(type, index, shape.interval))).map((key): Interval[] => key),
          id: plain ? fc.constant(null) : id,
          value: value(),
        }),
      ),
    ),
  );
  return fc
    .record({ elements, counter: plain ? fc.constant(false) : fc.boolean() })
    .map(({ elements: list, counter }) => ({
      ...shape,
      counter,
      // Pairs of devices may repeat where no address keeps them apart.
      elements: [...new Map(list.map((each) => [JSON.stringify(each.key), each])).values()],
    }));
}

/** The matches that one rule can hold together: one family, one protocol. */
const matches: fc.Arbitrary<Statement[]> = family.chain((of) =>
  fc
    .record({
      state: fc.option(fc.constantFrom('established' as const, 'related' as const, 'invalid' as const), { nil: null }),
      device: fc.option(
        device.map((name) => match(meta('iifname'), name)),
        { nil: null },
      ),
      source: fc.option(addressMatch(of, 'saddr'), { nil: null }),
      destination: fc.option(addressMatch(of, 'daddr'), { nil: null }),
      protocol: fc.option(protocolMatch(of), { nil: null }),
    })
    .map((each) =>
      [each.state && conntrackState(each.state), each.device, each.source, each.destination, each.protocol].filter(
        (one) => one !== null,
      ),
    ),
);

function addressMatch(of: 4 | 6, field: 'saddr' | 'daddr'): fc.Arbitrary<Statement> {
  return fc
    .tuple(fc.array(address(of), { minLength: 1, maxLength: 4 }), fc.constantFrom('==' as const, '!=' as const))
    .map(([list, op]) => match(payload(familyWord(of), field), oneOf(list), op));
}

function protocolMatch(of: 4 | 6): fc.Arbitrary<Statement> {
  const ports = fc.array(port, { minLength: 1, maxLength: 4 });
  return fc.oneof(
    fc
      .tuple(ports, fc.constantFrom('tcp', 'udp'), fc.constantFrom('==' as const, '!=' as const))
      .map(([list, protocol, op]) => match(payload(protocol, 'dport'), oneOf(list), op)),
    fc.constant(match(payload(of === 4 ? 'icmp' : 'icmpv6', 'type'), 'echo-request')),
    fc.constant(match(PROTOCOL, oneOf(['icmp', 'ipv6-icmp']))),
  );
}

const verdict: fc.Arbitrary<Statement> = fc.constantFrom<Statement>(
  ACCEPT,
  DROP,
  { return: null },
  { reject: { type: 'icmpx', expr: 'admin-prohibited' } },
);
const log: fc.Arbitrary<Statement[]> = fc
  .tuple(
    fc.integer({ min: 1, max: 1000 }),
    fc.integer({ min: 1, max: 50 }),
    fc.stringMatching(/^[A-Za-z0-9 ,.:/@+=_-]{1,100}$/),
  )
  .map(([rate, burst, prefix]) => [{ limit: { rate, burst, per: 'second' } }, COUNTER, { log: { prefix } }]);

/** Marks of flows and packets, and what is looked at before they are set. */
const marking: fc.Arbitrary<Statement[]> = fc
  .tuple(fc.integer({ min: 1, max: 0xffff_ffff }), fc.boolean(), fc.boolean())
  .map(([mark, flow, reply]) => [
    ...(reply ? [REPLY, match(FLOW_MARK, mark)] : []),
    COUNTER,
    setMark(flow ? FLOW_MARK : PACKET_MARK, mark),
  ]);

const plainRule: fc.Arbitrary<Rule> = fc
  .tuple(
    id,
    matches,
    fc.oneof(
      { weight: 4, arbitrary: verdict.map((one) => [COUNTER, one]) },
      { weight: 1, arbitrary: log },
      { weight: 1, arbitrary: marking },
    ),
  )
  .map(([of, found, end]) => ({ id: of, expr: [...found, ...end] }));

/** Rules that look into the given sets, each in the way its shape is for. */
function lookups(
  sets: readonly (readonly [string, NamedSet])[],
  hooked: 'forward' | 'prerouting' | 'postrouting',
): Rule[] {
  return sets.flatMap(([name, set]): Rule[] => {
    const to = set.key.includes('ipv6_addr') ? 6 : 4;
    const at = `@${name}`;
    const shape = `${set.key.join('.')}:${set.data === null ? '' : [set.data].flat().join('.')}`.replaceAll(
      'ipv6',
      'ipv4',
    );
    const found = (statement: Statement): Rule[] =>
      hooked === 'forward' ? [{ id: name, expr: [statement, COUNTER, ACCEPT] }] : [];
    const dnat = (): Rule[] =>
      hooked === 'prerouting'
        ? [
            {
              id: name,
              expr: [
                match(PROTOCOL, oneOf(['tcp', 'udp'])),
                COUNTER,
                {
                  dnat: {
                    family: familyWord(to),
                    addr: { map: { key: together(destination(to), PROTOCOL, ANY_PORT), data: at } },
                  },
                },
              ],
            },
          ]
        : [];
    switch (shape) {
      case 'ipv4_addr:':
        return found(match(source(to), at, '!='));
      case 'ifname.ipv4_addr:':
        return found(match(together(meta('iifname'), source(to)), at));
      case 'ipv4_addr.ipv4_addr.inet_proto.inet_service:':
        return hooked === 'forward'
          ? [
              {
                id: name,
                expr: [
                  TRANSLATED,
                  match(together(originalDestination(to), destination(to), PROTOCOL, ANY_PORT), at),
                  COUNTER,
                  ACCEPT,
                ],
              },
            ]
          : [];
      case 'ipv4_addr.inet_proto.inet_service:':
        return found(match(together(destination(to), PROTOCOL, ANY_PORT), at));
      case 'ifname.ifname:verdict':
        return hooked === 'forward'
          ? [{ id: name, expr: [COUNTER, { vmap: { key: together(meta('iifname'), meta('oifname')), data: at } }] }]
          : [];
      case 'ipv4_addr.inet_proto.inet_service:ipv4_addr.inet_service':
      case 'ipv4_addr.inet_proto.inet_service:ipv4_addr':
        return dnat();
      case 'ifname.ipv4_addr:ipv4_addr':
        return hooked === 'postrouting'
          ? [
              {
                id: name,
                expr: [
                  TRANSLATED,
                  COUNTER,
                  {
                    snat: {
                      family: familyWord(to),
                      addr: { map: { key: together(meta('oifname'), source(to)), data: at } },
                    },
                  },
                ],
              },
            ]
          : [];
      default:
        throw new Error(`no lookup for ${shape}`);
    }
  });
}

const CHAIN_NAMES = ['policy/a/b', 'policy/map/fwd', 'denied/x/y-2'];

export const table: fc.Arbitrary<Table> = fc
  .tuple(
    fc.subarray(CHAIN_NAMES),
    fc.subarray([...SHAPES.entries()]),
    fc.constantFrom('accept' as const, 'drop' as const),
  )
  .chain(([names, shapes, policy]) =>
    fc
      .record({
        sets: fc.tuple(
          ...shapes.map(([index, shape]) =>
            setOf(shape, names).map((set): [string, NamedSet] => [`set-${String(index)}`, set]),
          ),
        ),
        forward: fc.array(plainRule, { maxLength: 4 }),
        regular: fc.tuple(
          ...names.map((name) =>
            fc.array(plainRule, { maxLength: 3 }).map((rules): [string, Chain] => [name, { base: null, rules }]),
          ),
        ),
        address: oneAddress(4),
      })
      .map(({ sets, forward, regular, address: to }) =>
        normaliseTable({
          sets: Object.fromEntries(sets),
          chains: {
            'filter-forward': {
              base: { type: 'filter', hook: 'forward', priority: 0, policy },
              rules: [
                ...forward,
                ...lookups(sets, 'forward'),
                ...names.map((target): Rule => ({ id: 'jump', expr: [COUNTER, { jump: { target } }] })),
              ],
            },
            'nat-prerouting': {
              base: { type: 'nat', hook: 'prerouting', priority: -100, policy: 'accept' },
              rules: [
                ...lookups(sets, 'prerouting'),
                {
                  id: null,
                  expr: [match(payload('tcp', 'dport'), 80), { dnat: { family: 'ip', addr: to, port: 8080 } }],
                },
              ],
            },
            'nat-postrouting': {
              base: { type: 'nat', hook: 'postrouting', priority: 100, policy: 'accept' },
              rules: lookups(sets, 'postrouting'),
            },
            ...Object.fromEntries(regular),
          },
        }),
      ),
  );
