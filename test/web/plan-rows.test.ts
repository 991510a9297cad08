import { describe, expect, it } from 'vitest';
import type { FlowChange, Plan } from '../../server/api/schema/plan.ts';
import { overAllHops, packetOf, ruleText } from '../../web/modes/plan/flows.ts';
import { lossesText } from '../../web/modes/plan/losses.ts';
import { rowsOf, typedCommand, valueText } from '../../web/modes/plan/rows.ts';
import { askedIn, isComplete, keptOf } from '../../web/modes/packet/kept.ts';
import { modelOf } from '../model/support/compile-text.ts';
import { planned } from './pairs.ts';
import { siteText } from './sites.ts';

describe('the rows of a plan', () => {
  const before = modelOf(siteText('rows', { hosts: 3, networks: 2, guests: 6 }));
  const after = modelOf(siteText('rows', { hosts: 3, networks: 2, guests: 7 }));
  const { plan } = planned(before, after);
  const rows = rowsOf(plan.hosts);

  it('are all steps that do something, in the order of execution, below their hosts', () => {
    const steps = rows.filter((row) => row.type === 'step');
    expect(steps.length).toBeGreaterThan(0);
    const wanted = plan.hosts.flatMap((host) => host.steps.filter(({ commands }) => commands.length > 0));
    expect(steps.map(({ step }) => step.id)).toEqual(wanted.map(({ id }) => id));
    for (const { step, number } of steps) expect(step.id.endsWith(`/${String(number)}`)).toBe(true);
  });

  it('begin with hosts that change, and name each of the others once', () => {
    const hosts = rows.filter((row) => row.type === 'host');
    expect(hosts.map(({ host }) => host).toSorted()).toEqual([...after.hosts.keys()].toSorted());
    expect(hosts[0]?.changes).toBeGreaterThan(0);
    expect(hosts.at(-1)?.changes).toBe(0);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
  });
});

it('a command is shown as it would be typed', () => {
  expect(typedCommand(['ip', '-n', 'ns-1', 'addr', 'add', '2001:db8::1/64', 'dev', 'eno1'])).toBe(
    'ip -n ns-1 addr add 2001:db8::1/64 dev eno1',
  );
  expect(typedCommand(['echo', "it's; rm", ''])).toBe(`echo 'it'\\''s; rm' ''`);
});

it('a long value is cut', () => {
  expect(valueText('word')).toBe('word');
  expect(valueText(['a b', 'c'])).toBe('a b, c');
  expect(valueText([])).toBe('[]');
  expect(valueText({ a: [1] })).toBe('{"a":[1]}');
  expect(valueText('x'.repeat(400)).length).toBe(160);
});

describe('a flow', () => {
  const witness = {
    ...{ interface: 'wan', protocol: 6, source: '198.51.100.1', sourcePort: 4000 },
    ...{ destination: '192.0.2.10', destinationPort: 443 },
  };
  const flow: FlowChange = {
    ...{
      services: ['443/tcp'],
      from: 'internet',
      to: ['web'],
      via: 'gw',
      sure: true,
      witness,
      rule: null,
      whole: null,
    },
  };
  const whole = {
    ...({ outcome: 'refused-elsewhere' } as const),
    ...{ from: 'desk', source: '10.0.0.1', destination: '10.0.0.2' },
    ...{ destinationPort: 80, straight: false, before: 'dropped', after: 'dropped', at: 'far', why: 'dropped by far' },
  } as const;

  it('is followed from who sends it, else from whom it comes', () => {
    expect(packetOf(flow)).toEqual({ from: 'internet', to: '192.0.2.10', port: '443/tcp' });
    expect(packetOf({ ...flow, whole })).toEqual({ from: 'desk', to: '10.0.0.2', port: '80/tcp' });
    const ping = { ...witness, protocol: 58, destinationPort: null };
    expect(packetOf({ ...flow, witness: ping })?.port).toBe('icmp');
  });

  it('is not followed where nobody sends it, or by no protocol that can be asked for', () => {
    expect(packetOf({ ...flow, from: 'interface eth9' })).toBeNull();
    expect(packetOf({ ...flow, witness: { ...witness, protocol: 47 } })).toBeNull();
    expect(packetOf({ ...flow, witness: { ...witness, destinationPort: null } })).toBeNull();
  });

  it('says what else is on the way', () => {
    expect(overAllHops('opened', { ...flow, whole })).toBe('Not yet for desk: dropped by far');
    expect(overAllHops('closed', { ...flow, whole })).toContain('did not get there before either');
    expect(overAllHops('opened', { ...flow, whole: { ...whole, outcome: 'as-told' } })).toBeNull();
    expect(ruleText({ ...flow, rule: { table: 't', chain: 'c', entry: 'policy line 41', text: '' } })).toBe(
      'policy line 41',
    );
  });

  it('comes to the packet mode whole, and what is asked there comes back from the address', () => {
    const asked = askedIn({ ...packetOf(flow) });
    expect(isComplete(asked)).toBe(true);
    expect(keptOf(asked)).toEqual({ from: 'internet', to: '192.0.2.10', port: '443/tcp', without: null });
    const down = { ...asked, without: ['a', 'b'] };
    expect(askedIn(keptOf(down) as Record<string, string>)).toEqual(down);
    expect(keptOf(null)).toEqual({ from: null, to: null, port: null, without: null });
  });
});

it('what a plan loses is told in a line, the worst first, and nothing where it loses nothing', () => {
  const loss = (sort: Plan['agree']['losses'][number]['sort']) => ({ sort, host: null, step: null, text: '' });
  expect(lossesText([])).toBe('');
  expect(lossesText([loss('interrupts')])).toBe('1 step interrupts traffic.');
  expect(lossesText([loss('closes'), loss('closes'), loss('cuts-flows'), loss('cuts-path')])).toBe(
    'It cuts the way by which a host is reached. 2 flows are no longer possible afterwards. Connections that are no longer allowed are cut.',
  );
});
