import { describe, expect, test } from 'vitest';
import { Failure } from '../../server/core/failure.ts';
import { readSuppressions, sortOut } from '../../server/audit/suppressions.ts';
import { FINDING } from './report-case.ts';

const TODAY = '2026-11-21';
const finding = (id: 'EXP-001' | 'NAT-003', about: string) => ({ ...FINDING, id, about });
const accept = (finding: string, about: string | null, until = '2027-01-01') => ({
  ...{ finding, about, until },
  reason: 'agreed',
});

describe('what is accepted', () => {
  const found = [finding('EXP-001', 'bastion 22/tcp'), finding('EXP-001', 'db1 5432/tcp'), finding('NAT-003', 'x')];

  test.each([
    { by: accept('EXP-001', 'bastion 22/tcp'), left: ['db1 5432/tcp', 'x'] },
    { by: accept('EXP-001', null), left: ['x'] },
    { by: accept('EXP-001', '*/tcp'), left: ['x'] },
    { by: accept('EXP-001', 'db1 *'), left: ['bastion 22/tcp', 'x'] },
    // Not a part of it, and no pattern but the star.
    { by: accept('EXP-001', 'bastion'), left: ['bastion 22/tcp', 'db1 5432/tcp', 'x'] },
    { by: accept('EXP-001', 'db. 5432/tcp'), left: ['bastion 22/tcp', 'db1 5432/tcp', 'x'] },
    { by: accept('EXP-001', null, '2026-11-20'), left: ['bastion 22/tcp', 'db1 5432/tcp', 'x'] },
    { by: accept('EXP-001', null, TODAY), left: ['x'] },
  ])('$by.finding $by.about until $by.until', ({ by, left }) => {
    const sorted = sortOut(found, [by], TODAY);
    expect(sorted.findings.map(({ about }) => about)).toEqual(left);
    expect(sorted.findings.length + sorted.suppressed.length).toBe(found.length);
    expect(sorted.suppressed.every((each) => each.by === by)).toBe(true);
    expect(sorted.notes).toHaveLength(sorted.suppressed.length === 0 ? 1 : 0);
  });

  test('one that has run out is said, and one that matches nothing', () => {
    const { notes } = sortOut(found, [accept('NAT-003', null, '2020-01-01'), accept('POL-001', 'gw')], TODAY);
    expect(notes).toEqual([
      'What accepted NAT-003 ran out on 2020-01-01: agreed',
      'Nothing is found of what is accepted: POL-001 gw (agreed)',
    ]);
  });
});

test('the file is read as written', () => {
  const text = 'suppress:\n  - { finding: EXP-001, about: "db1 *", reason: agreed, until: 2027-03-31 }\n';
  expect(readSuppressions('accepted.yaml', text)).toEqual([
    { finding: 'EXP-001', about: 'db1 *', reason: 'agreed', until: '2027-03-31' },
  ]);
});

test.each([
  ['no reason', 'suppress: [{ finding: EXP-001, until: 2027-03-31 }]', 'suppress.0.reason'],
  ['an empty reason', 'suppress: [{ finding: EXP-001, reason: " ", until: 2027-03-31 }]', 'why this is accepted'],
  ['no end', 'suppress: [{ finding: EXP-001, reason: x }]', 'suppress.0.until'],
  ['a day that does not exist', 'suppress: [{ finding: EXP-001, reason: x, until: 2027-02-30 }]', 'a day'],
  ['a word that nobody knows', 'suppress: [{ finding: EXP-001, reason: x, until: 2027-03-31, note: y }]', 'note'],
  ['no such id', 'suppress: [{ finding: open, reason: x, until: 2027-03-31 }]', 'the id of a finding'],
  ['no YAML', 'suppress: [', 'is no YAML'],
  ['nothing', '', 'the file'],
])('%s is refused', (_what, text, says) => {
  let failure: unknown;
  try {
    readSuppressions('accepted.yaml', text);
  } catch (error) {
    failure = error;
  }
  expect(failure).toBeInstanceOf(Failure);
  const { message, detail } = failure as Failure & { detail?: string };
  expect(`${message}\n${detail ?? JSON.stringify(failure)}`).toContain(says);
});
