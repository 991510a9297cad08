import { Failure } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';
import type { Model } from '../flow/model.ts';

/** Throws `unsupported` where the model has what no kind carries out: what is missing is named, with its place. */
export function refuseMissing({ topology, missing }: Model): void {
  if (missing.length === 0) return;
  const kinds = [...new Set(missing.map((each) => each.kind))].sort();
  throw new Failure('unsupported', `No plan can be made of ${topology}: it needs ${listOf(kinds)}`, {
    detail: missing
      .map(({ kind, place, what }) => `${visibleText(place.file)}:${String(place.line)}: ${what} (${kind})`)
      .join('\n'),
    toDo: ['Nothing was changed. Leave these parts out to apply the rest; `check` and `graph` take them as they are.'],
  });
}

function listOf(kinds: readonly string[]): string {
  const [only] = kinds;
  return kinds.length === 1 && only !== undefined
    ? `the kind \`${only}\`, which is not there yet`
    : `kinds that are not there yet: ${kinds.map((kind) => `\`${kind}\``).join(', ')}`;
}
