import type { Diagnostic } from '../../../server/core/diagnostic.ts';
import { diagnosticsText } from '../../../server/core/diagnostic-text.ts';
import type { Model } from '../../../server/flow/model.ts';
import { compileMovable } from '../../../server/model/placement/elsewhere.ts';
import { readTopology } from '../../../server/topology/read.ts';

export interface CompiledText {
  readonly model: Model | null;
  readonly diagnostics: readonly Diagnostic[];
}

export function compileText(text: string): CompiledText {
  const read = readTopology({ file: 'test.yaml', text });
  if (read.topology === null) return { model: null, diagnostics: read.diagnostics };
  const { model, diagnostics } = compileMovable(read.topology);
  return { model, diagnostics: [...read.diagnostics, ...diagnostics] };
}

/** The model of a text that must be right. */
export function modelOf(text: string): Model {
  const { model, diagnostics } = compileText(text);
  if (model === null) throw new Error(diagnosticsText(diagnostics));
  return model;
}

/** `code: line` of every diagnostic, for tests that are about which ones there are. */
export function codesOf(text: string): readonly string[] {
  return compileText(text).diagnostics.map((each) => `${each.code}: ${String(each.line)}`);
}

/** A model without its places: what it means, wherever it was written. */
export function withoutPlaces(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, member: unknown) => {
      if (key === 'place') return undefined;
      return member instanceof Map ? [...member.entries()] : member;
    }),
  );
}
