/**
 * Findings that somebody has accepted, with the reason and a day on which that ends:
 *
 *     suppress:
 *       - finding: EXP-001
 *         about: "internet -> bastion 22/tcp"   # left out: every finding of this sort
 *         reason: jump host, keys only, reviewed by the network team
 *         until: 2027-03-31
 *
 * One that has run out suppresses nothing any more and is said; so is one that matches nothing.
 */
import { z } from 'zod';
import { parseDocument } from 'yaml';
import { Failure } from '../core/failure.ts';
import type { Finding } from './finding.ts';
import { keyOf } from './finding.ts';

export interface Suppression {
  readonly finding: string;
  /** `null`: whatever it is about. A `*` stands for any text. */
  readonly about: string | null;
  readonly reason: string;
  /** The last day on which it holds, in UTC: `2027-03-31`. */
  readonly until: string;
}

export interface Suppressed {
  readonly finding: Finding;
  readonly by: Suppression;
}

const DAY = z.iso.date('a day, as 2027-03-31');

const FILE = z.strictObject({
  suppress: z.array(
    z.strictObject({
      finding: z.string().regex(/^[A-Z]{3}-\d{3}$/, 'the id of a finding, as EXP-001'),
      about: z.string().min(1).optional(),
      reason: z.string().trim().min(1, 'why this is accepted'),
      until: DAY,
    }),
  ),
});

/** Throws a Failure (`file-wrong`) that names the entry and what is wrong with it. */
export function readSuppressions(file: string, text: string): readonly Suppression[] {
  const document = parseDocument(text, { schema: 'core', version: '1.2' });
  const [broken] = document.errors;
  if (broken !== undefined)
    throw new Failure('file-wrong', `${file} is no YAML`, { detail: broken.message.split('\n')[0] ?? broken.message });
  const read = FILE.safeParse(document.toJS());
  if (!read.success)
    throw new Failure('file-wrong', `${file} does not say what is accepted`, {
      detail: read.error.issues
        .map(({ path, message }) => `${path.length === 0 ? 'the file' : path.join('.')}: ${message}`)
        .join('\n'),
    });
  return read.data.suppress.map(({ about, ...rest }) => ({ ...rest, about: about ?? null }));
}

export interface Sorted {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Suppressed[];
  readonly notes: readonly string[];
}

/** `today`: a day in UTC, `2026-11-21`. */
export function sortOut(findings: readonly Finding[], accepted: readonly Suppression[], today: string): Sorted {
  const valid = accepted.filter(({ until }) => until >= today).map((each) => ({ each, matches: matcherOf(each) }));
  const used = new Set<Suppression>();
  const left: Finding[] = [];
  const suppressed: Suppressed[] = [];
  for (const finding of findings) {
    const by = valid.find(({ matches }) => matches(finding))?.each;
    if (by === undefined) left.push(finding);
    else {
      used.add(by);
      suppressed.push({ finding, by });
    }
  }
  return { findings: left, suppressed, notes: accepted.flatMap((each) => noteOn(each, today, used)) };
}

function noteOn(each: Suppression, today: string, used: ReadonlySet<Suppression>): readonly string[] {
  const what = each.about === null ? each.finding : `${each.finding} ${each.about}`;
  if (each.until < today) return [`What accepted ${what} ran out on ${each.until}: ${each.reason}`];
  return used.has(each) ? [] : [`Nothing is found of what is accepted: ${what} (${each.reason})`];
}

function matcherOf({ finding, about }: Suppression): (found: Finding) => boolean {
  if (about === null) return ({ id }) => id === finding;
  const parts = about.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  const pattern = new RegExp(`^${finding} ${parts.join('.*')}$`, 's');
  return (found) => pattern.test(keyOf(found));
}
