import { z } from 'zod';
import type { Finding as FindingValue } from '../../audit/finding.ts';
import type { LedgerRow as LedgerValue } from '../../audit/ledger.ts';
import { SEVERITIES } from '../../audit/severity.ts';
import { document, Place } from './common.ts';
import type { Same } from './same.ts';

/** Places are files of the folder. */
const Locus = z
  .object({
    stack: z.string().nullable(),
    object: z.string().nullable(),
    text: z.string().nullable(),
    place: Place.readonly().nullable(),
  })
  .readonly();
export type Locus = z.infer<typeof Locus>;

const Witness = z
  .object({
    from: z.string(),
    source: z.string(),
    destination: z.string(),
    protocol: z.string(),
    sourcePort: z.number().nullable(),
    destinationPort: z.number().nullable(),
    ends: z.string().nullable(),
  })
  .readonly();
export type Witness = z.infer<typeof Witness>;

const LedgerRow = z
  .object({
    gateway: z.string(),
    address: z.string(),
    protocol: z.string(),
    ports: z.string(),
    target: z.object({ node: z.string().nullable(), address: z.string(), ports: z.string() }).readonly(),
    allowed: z.array(z.string()).readonly().nullable(),
    listener: z.enum(['declared', 'none-declared', 'unknown']),
    hairpin: z.enum(['works', 'fails', 'unknown']),
    hits: z.number().nullable(),
    through: z.array(Locus).readonly(),
  })
  .readonly();
export type LedgerRow = z.infer<typeof LedgerRow>;

const Severity = z.enum(SEVERITIES);

const finding = {
  key: z.string(),
  id: z.string(),
  severity: Severity,
  summary: z.string(),
  detail: z.string(),
  at: z.array(Locus).readonly(),
  witness: Witness.nullable(),
  about: z.string(),
};

const Finding = z.object(finding).readonly();
export type Finding = z.infer<typeof Finding>;

const Suppression = z
  .object({ finding: z.string(), about: z.string().nullable(), reason: z.string(), until: z.string() })
  .readonly();
export type Suppression = z.infer<typeof Suppression>;

const SuppressedFinding = z.object({ ...finding, by: Suppression }).readonly();

/** What each sort of finding means, and what to do about it. */
const FindingKind = z
  .object({
    id: z.string(),
    name: z.string(),
    severity: Severity,
    definition: z.string(),
    fix: z.string(),
    standards: z.array(z.string()).readonly(),
  })
  .readonly();
export type FindingKind = z.infer<typeof FindingKind>;

/** The file beside the topology that says what is accepted; `version` of its text, `null` where there is none yet. */
const Accepted = z.object({ file: z.string(), version: z.string().nullable() }).readonly();

/** The port-mapping ledger and the findings of a topology, as its file wants the hosts, or as they were found. */
export const AuditAnswer = z
  .object({
    ...document,
    subject: z.string(),
    taken: z.string(),
    ledger: z.array(LedgerRow).readonly(),
    findings: z.array(Finding).readonly(),
    suppressed: z.array(SuppressedFinding).readonly(),
    lookedFor: z.array(FindingKind).readonly(),
    notes: z.array(z.string()).readonly(),
    accepted: Accepted,
  })
  .readonly();
export type AuditAnswer = z.infer<typeof AuditAnswer>;

/** The real hosts, or those of the running lab. */
export const FoundQuestion = z.object({ lab: z.boolean().default(false) });

export const CsvQuestion = z.object({ table: z.enum(['ledger', 'findings']) });

/** What is accepted, why, and until which day; `version` as the audit that it was seen in said it. */
export const NewSuppression = z.strictObject({
  finding: z.string().regex(/^[A-Z]{3}-\d{3}$/),
  about: z.string().min(1).max(2000),
  reason: z.string().trim().min(1).max(2000),
  until: z.iso.date(),
  version: z.string().max(128).nullable(),
});
export type NewSuppression = z.infer<typeof NewSuppression>;

export const SuppressionAnswer = z.object({ ...document, accepted: Accepted, by: Suppression }).readonly();

// The shapes above and the values of the product must not drift apart.
type Placed<T> = Omit<T, 'at' | 'through' | 'id'>;
export const auditFits: readonly [
  Same<Placed<LedgerRow>, Placed<LedgerValue>>,
  Same<Placed<Omit<Finding, 'key'>>, Placed<FindingValue>>,
] = [true, true];
