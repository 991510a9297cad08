import { describe, expect, it } from 'vitest';
import type { Expectation } from '../../server/flow/model.ts';
import type { Probe } from '../../server/flow/probe.ts';
import { judgeProbe, sightingKey } from '../../server/lab/judge.ts';
import type { ProbeOutcome, Sighting, Sightings } from '../../server/lab/judge.ts';
import { labTestText } from '../../server/lab/result-text.ts';
import { addWitnesses } from '../../server/lab/witness.ts';

const EXPECTATION: Expectation = {
  id: 'e1',
  place: { file: 'x.yaml', line: 1, column: 1 },
  text: 'allow 443/tcp from internet to 192.0.2.10',
  verdict: 'allow',
  services: [],
  from: [],
  to: [],
  reaches: null,
  evenWithout: [],
};

function probe(change: Partial<Probe> = {}): Probe {
  return {
    expectation: EXPECTATION,
    want: 'allow',
    family: 4,
    protocol: 'tcp',
    port: 443,
    from: { node: 'internet', address: '203.0.113.1' },
    to: { node: 'gw@left', address: '192.0.2.10' },
    target: { node: 'web', address: '10.1.0.10', port: 8443 },
    twin: null,
    forcedVia: null,
    without: null,
    listener: 'declared',
    ...change,
  };
}

function outcome(how: ProbeOutcome['outcome'], answer: unknown = ''): ProbeOutcome {
  return {
    outcome: how,
    keys: ['77'],
    answer: typeof answer === 'string' ? answer : JSON.stringify(answer),
    reason: '',
  };
}

function seen(...sightings: readonly Partial<Sighting>[]): Sightings {
  const list = sightings.map((each) => ({
    node: 'web',
    protocol: 'tcp',
    key: '77',
    source: '203.0.113.1:40000',
    port: 8443,
    ...each,
  }));
  const byKey = new Map<string, Sighting[]>();
  for (const one of list)
    byKey.set(sightingKey(one.protocol, one.key), [...(byKey.get(sightingKey(one.protocol, one.key)) ?? []), one]);
  return { byKey, unsure: new Set(), watched: new Set(['web', 'other']) };
}

const ANSWER = { node: 'web', from: '203.0.113.1', fromPort: 40000, port: 8443 };

describe('allow', () => {
  it.each([
    ['the right node answers', outcome('answered', ANSWER), seen({}), 'answered', true],
    ['a program of the user answers on the right node', outcome('answered', 'SSH-2.0-x'), seen({}), 'answered', true],
    [
      'another node answers',
      outcome('answered', { ...ANSWER, node: 'other' }),
      seen({ node: 'other' }),
      'wrong-node',
      false,
    ],
    [
      'the right node answers on another port',
      outcome('answered', { ...ANSWER, port: 22 }),
      seen({}),
      'wrong-node',
      false,
    ],
    ['something that nobody knows answers', outcome('answered', 'hello'), seen(), 'wrong-node', false],
    ['nothing comes back', outcome('silent'), seen(), 'silent', false],
    ['the node refuses', outcome('refused'), seen({}), 'refused', false],
    ['something on the way refuses', outcome('refused'), seen(), 'rejected', false],
    ['it was not sent', outcome('error'), seen(), 'error', false],
  ] as const)('%s', (_name, how, sightings, got, passed) => {
    expect(judgeProbe(probe(), how, sightings)).toMatchObject({ got, passed });
  });
});

describe('deny', () => {
  it.each([
    ['nothing comes back and nothing arrived', outcome('silent'), seen(), 'silent', true],
    ['something on the way refuses', outcome('refused'), seen(), 'rejected', true],
    ['the packet arrived', outcome('silent'), seen({}), 'leaked', false],
    ['the node itself refuses: the packet arrived', outcome('refused'), seen({}), 'leaked', false],
    ['it is answered', outcome('answered', ANSWER), seen({}), 'answered', false],
    ['it is answered by another node', outcome('answered', { ...ANSWER, node: 'other' }), seen(), 'answered', false],
    ['a like packet arrived at another port', outcome('silent'), seen({ port: 1 }), 'silent', true],
    ['the sender has no route', outcome('no-route'), seen(), 'no-route', true],
    ['it was not sent: nothing is known', outcome('error'), seen(), 'error', false],
    [
      'the watch lost packets: nothing is known',
      outcome('silent'),
      { ...seen(), unsure: new Set(['web']) },
      'error',
      false,
    ],
  ] as const)('%s', (_name, how, sightings, got, passed) => {
    expect(judgeProbe(probe({ want: 'deny' }), how, sightings)).toMatchObject({ got, passed });
  });
});

it('believes nothing that an answer says but what our listeners write', () => {
  const result = judgeProbe(probe(), outcome('answered', '{"node":"web\\u001b[2J","from":1}'), seen());
  expect(result).toMatchObject({ got: 'wrong-node', answeredBy: null, sourceSeen: null });
});

describe("a denial to an address that a node of the sender's realm has as well", () => {
  const twin = probe({ want: 'deny', target: { node: 'web', address: '10.1.0.10', port: 443 }, twin: 'other' });
  const byOther = outcome('answered', { ...ANSWER, node: 'other' });
  it.each([
    ['holds where that node answers', byOther, seen({ node: 'other' }), 'silent', true],
    [
      'holds where somebody answers whom nobody watches: the sender itself',
      outcome('answered'),
      seen(),
      'silent',
      true,
    ],
    ['fails where it arrived at the other one all the same', byOther, seen({ port: 443 }), 'leaked', false],
    ['fails where the one that is meant answers', outcome('answered', ANSWER), seen({}), 'answered', false],
    ['fails where a third one answers', outcome('answered', { ...ANSWER, node: 'third' }), seen(), 'answered', false],
    ['is not known where the watch lost packets', byOther, { ...seen(), unsure: new Set(['web']) }, 'error', false],
  ] as const)('%s', (_, how, sightings, got, passed) => {
    expect(judgeProbe(twin, how, sightings)).toMatchObject({ got, passed });
  });

  it('is nothing special where the address is in one realm only', () => {
    const result = judgeProbe({ ...twin, twin: null }, byOther, seen({ node: 'other' }));
    expect(result).toMatchObject({ got: 'answered', passed: false });
  });
});

it('shows the table with what failed first, and a witness of what holds', () => {
  const probes = [probe(), probe({ from: { node: 'desk', address: '10.1.0.12' } })];
  const results = [
    judgeProbe(probes[0] ?? probe(), outcome('answered', ANSWER), seen({})),
    judgeProbe(probes[1] ?? probe(), outcome('silent'), seen()),
  ];
  const text = labTestText({
    formatVersion: 1,
    topology: 'shop',
    faults: [{ target: 'other', how: 'loss 30%' }],
    results: addWitnesses(probes, results),
    passed: 1,
    failed: 1,
  });
  expect(text).toBe(
    [
      'Broken meanwhile: other (loss 30%)',
      '',
      'FAIL  allow 443/tcp from internet to 192.0.2.10',
      '      desk -> 192.0.2.10:443/tcp: wanted allow, got silent: the packet did not arrive at web:8443; as meant: from internet to 192.0.2.10:443/tcp (answered)',
      '',
      '      from      to                  want   got       answered by  source seen',
      'pass  internet  192.0.2.10:443/tcp  allow  answered  web          203.0.113.1:40000',
      'FAIL  desk      192.0.2.10:443/tcp  allow  silent    -            -',
      '',
      'shop: 1 passed, 1 failed.',
    ].join('\n'),
  );
});
