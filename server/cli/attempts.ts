import { existsSync } from 'node:fs';
import { attemptsPath } from '../accounts/attempts.ts';
import { Failure, failureDocument } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';
import { findHistory } from '../store/history.ts';
import type { Entry } from '../store/history.ts';
import type { Answer } from './context.ts';
import { enterWebFolder } from './web-folder.ts';

/** `history --attempts`: who tried what at the server, and whether the log of it is as it was written. */
export async function showAttempts(): Promise<Answer> {
  const folder = enterWebFolder();
  const path = attemptsPath(folder);
  const log = existsSync(folder) ? await findHistory(path) : null;
  if (log === null) return { document: { attempts: [] }, text: 'Nothing was tried at a server here yet.', exitCode: 0 };
  try {
    const broken = await log.brokenAt();
    const cutOff = await log.cutOff();
    const entries = await log.entries();
    const text = entries.map((entry) => visibleText(line(entry))).join('\n');
    const wrong = [
      ...(broken === null ? [] : [`Entry ${String(broken)} does not follow from the one before it.`]),
      ...cutOff.map(
        ({ from, to }) => `Entries ${String(from)} to ${String(to)} were there, and are gone or others now.`,
      ),
    ];
    const attempts = entries.map(({ number, at, run, who, event, body }) => ({
      number,
      at,
      id: run,
      who,
      event,
      tells: body,
    }));
    if (wrong.length === 0) return { document: { attempts }, text, exitCode: 0 };
    const failure = new Failure('history', 'The log of attempts was changed by somebody other than Trunkline', {
      detail: [path, ...wrong].join('\n'),
      toDo: ['Do not rely on that entry or on any behind it.'],
    });
    return { document: { attempts }, text, failure: failureDocument(failure), exitCode: 1 };
  } finally {
    await log.close();
  }
}

function line({ at, who, event, body }: Entry): string {
  const { what, which, address, status, why, more } = Object(body) as Readonly<Record<string, unknown>>;
  const parts = [
    at,
    event.padEnd(13),
    who,
    text(what),
    text(which),
    address,
    status,
    why,
    more && `and ${text(more)} more`,
  ];
  return parts
    .filter((part) => part !== undefined && part !== '' && part !== '{}')
    .map(text)
    .join('  ');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
