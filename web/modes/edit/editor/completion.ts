import type { Completion, CompletionContext, CompletionResult, CompletionSource } from '@codemirror/autocomplete';
import { insertCompletionText, startCompletion } from '@codemirror/autocomplete';
import type { EditorView } from '@codemirror/view';
import { plainText } from '../../../ui/plain.ts';
import type { Known } from '../yaml/names.ts';
import type { Option } from '../yaml/options.ts';
import { optionsAt } from '../yaml/options.ts';
import type { Schema } from '../yaml/schema.ts';

/** Offers what may be written at the cursor: as words are typed, and everywhere with Ctrl-Space. */
export function completionOf(schema: Schema, known: () => Known): CompletionSource {
  return ({ state, pos, explicit }: CompletionContext): CompletionResult | null => {
    const found = optionsAt(schema, state.doc.toString(), pos, known());
    if (found === null) return null;
    const named = found.options.some(({ type }) => type === 'name' || type === 'word');
    if (!explicit && found.from === pos && !named) return null;
    return { from: found.from, options: found.options.map(completion), validFor: /^[\w.-]*$/ };
  };
}

function completion(option: Option, index: number): Completion {
  const { label, type, detail, info } = option;
  return {
    ...{ label, type, apply: take(option) },
    displayLabel: plainText(label),
    ...(detail === '' ? {} : { detail: plainText(detail) }),
    ...(info === null ? {} : { info: plainText(info) }),
    // As the language has them; what is only an example comes last.
    boost: type === 'example' ? -99 : 50 - Math.min(index, 100),
  };
}

function take({ label, type, insert }: Option) {
  return (view: EditorView, _: Completion, from: number, to: number): void => {
    // The colon may be there: only the key was changed.
    const colon = type === 'key' && view.state.sliceDoc(to, to + 1) === ':';
    view.dispatch(insertCompletionText(view.state, colon ? label : insert, from, to));
    if (!colon && insert.endsWith(': ')) startCompletion(view);
  };
}
