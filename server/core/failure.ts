/**
 * Problems of the world (a host that does not answer, a tool that is missing, a right that is not there), thrown once and
 * reported once, at the edge. Problems of what the user wrote are diagnostics (values), see `diagnostic.ts`.
 *
 * From the kind follow exit code, HTTP status and whether trying again can help: one table, below.
 */
export type FailureKind =
  | 'file-unreadable' // the topology file is missing, a directory, or may not be read
  | 'file-wrong' // the file was read and is wrong: its diagnostics say how
  | 'file-changed' // somebody else has written the file since it was read
  | 'usage' // the command line asks for something that does not exist
  | 'tool-missing' // iproute2, nft or another tool is not installed, or too old
  | 'no-rights' // the process may not do this (not root, no user namespaces)
  | 'host-unreachable' // no answer from a host
  | 'host-identity' // a host's ssh key is not known here, or is another than the one that is known
  | 'observation' // a host's state could not be read completely
  | 'obstacle' // something foreign stands in the way
  | 'own-path' // the plan cuts the way by which the host is reached
  | 'stale-plan' // the host is no longer as it was when the plan was made
  | 'too-large' // more than is worked on here: a file or question takes too much time or memory
  | 'busy' // too much is asked at once
  | 'locked' // another run holds the host
  | 'pending' // a run on the host waits for confirmation
  | 'journal' // what would undo a run could not be laid down on the host
  | 'history' // the history of runs cannot be read or written
  | 'step-failed' // a command of a plan failed
  | 'verify-failed' // after the run the host is not as intended
  | 'lab' // the lab could not be made, found or removed
  | 'unsupported' // this host or kernel cannot do what the topology needs
  | 'internal'; // a defect of ours

interface FailureRule {
  readonly exitCode: 1 | 3 | 64;
  readonly httpStatus: number;
  readonly tryAgain: boolean;
}

export const FAILURE_RULES: Readonly<Record<FailureKind, FailureRule>> = {
  'file-unreadable': { exitCode: 3, httpStatus: 404, tryAgain: false },
  'file-wrong': { exitCode: 3, httpStatus: 422, tryAgain: false },
  'file-changed': { exitCode: 1, httpStatus: 409, tryAgain: true },
  usage: { exitCode: 64, httpStatus: 400, tryAgain: false },
  'tool-missing': { exitCode: 1, httpStatus: 501, tryAgain: false },
  'no-rights': { exitCode: 1, httpStatus: 403, tryAgain: false },
  'host-unreachable': { exitCode: 1, httpStatus: 502, tryAgain: true },
  'host-identity': { exitCode: 1, httpStatus: 502, tryAgain: false },
  observation: { exitCode: 1, httpStatus: 502, tryAgain: true },
  obstacle: { exitCode: 1, httpStatus: 409, tryAgain: false },
  'own-path': { exitCode: 1, httpStatus: 409, tryAgain: false },
  'stale-plan': { exitCode: 1, httpStatus: 409, tryAgain: true },
  pending: { exitCode: 1, httpStatus: 409, tryAgain: true },
  journal: { exitCode: 1, httpStatus: 507, tryAgain: false },
  history: { exitCode: 1, httpStatus: 500, tryAgain: false },
  'too-large': { exitCode: 1, httpStatus: 422, tryAgain: false },
  busy: { exitCode: 1, httpStatus: 429, tryAgain: true },
  locked: { exitCode: 1, httpStatus: 423, tryAgain: true },
  'step-failed': { exitCode: 1, httpStatus: 500, tryAgain: false },
  'verify-failed': { exitCode: 1, httpStatus: 500, tryAgain: false },
  lab: { exitCode: 1, httpStatus: 500, tryAgain: false },
  unsupported: { exitCode: 1, httpStatus: 501, tryAgain: false },
  internal: { exitCode: 1, httpStatus: 500, tryAgain: false },
};

/** What a person must know when something failed: what is in place, what was undone, what is left to do. */
export interface FailureDetails {
  /** Why, and what to try: one or more sentences. */
  readonly detail?: string;
  readonly inPlace?: readonly string[];
  readonly undone?: readonly string[];
  readonly toDo?: readonly string[];
  readonly cause?: unknown;
}

export class Failure extends Error {
  readonly kind: FailureKind;
  readonly detail: string | undefined;
  readonly inPlace: readonly string[];
  readonly undone: readonly string[];
  readonly toDo: readonly string[];

  constructor(kind: FailureKind, summary: string, details: FailureDetails = {}) {
    super(summary, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Failure';
    this.kind = kind;
    this.detail = details.detail;
    this.inPlace = details.inPlace ?? [];
    this.undone = details.undone ?? [];
    this.toDo = details.toDo ?? [];
  }
}

/** The `failure` member of every JSON document. */
export interface FailureDocument {
  readonly kind: FailureKind;
  readonly summary: string;
  readonly detail: string | null;
  readonly inPlace: readonly string[];
  readonly undone: readonly string[];
  readonly toDo: readonly string[];
}

export function failureDocument(failure: Failure): FailureDocument {
  const { kind, message, detail, inPlace, undone, toDo } = failure;
  return { kind, summary: message, detail: detail ?? null, inPlace, undone, toDo };
}

/** One failure that tells of all, each with its host; `undefined`: there are none. */
export function failuresTogether<F extends Omit<FailureDocument, 'kind'> & { readonly kind: string }>(
  failures: readonly { readonly host: string; readonly failure: F }[],
): (Omit<FailureDocument, 'kind'> & Pick<F, 'kind'>) | undefined {
  const [first] = failures;
  if (first === undefined) return undefined;
  const named = (list: (failure: F) => readonly string[]): readonly string[] =>
    failures.flatMap(({ host, failure }) => list(failure).map((each) => `${host}: ${each}`));
  return {
    kind: first.failure.kind,
    summary: first.failure.summary,
    detail: failures.map(({ host, failure }) => `${host}: ${failure.detail ?? failure.summary}`).join('\n'),
    inPlace: named((failure) => failure.inPlace),
    undone: named((failure) => failure.undone),
    toDo: named((failure) => failure.toDo),
  };
}
