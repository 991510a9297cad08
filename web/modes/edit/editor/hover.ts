import type { Extension } from '@codemirror/state';
import { hoverTooltip } from '@codemirror/view';
import type { Explanation } from '../yaml/explain.ts';
import { explanationAt } from '../yaml/explain.ts';
import type { Schema } from '../yaml/schema.ts';

/** What a key is for, when the pointer rests on it. */
export function hoverOf(schema: Schema): Extension {
  return hoverTooltip((view, position) => {
    const found = explanationAt(schema, view.state.doc.toString(), position);
    return found && { pos: found.from, end: found.to, above: true, create: () => ({ dom: bubble(found) }) };
  });
}

function bubble({ key, meaning, takes, usual, example }: Explanation): HTMLElement {
  const dom = element('div', '');
  dom.className = 'cm-explained';
  dom.append(element('b', key), element('p', `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.`));
  const rows = [takes === '' ? [] : [`takes ${takes}`], usual === null ? [] : [`usually ${usual}`]].flat();
  if (rows.length > 0) {
    const row = element('p', rows.join(' · '));
    row.className = 'cm-takes';
    dom.append(row);
  }
  if (example !== null) dom.append(element('code', example));
  return dom;
}

function element(name: string, text: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
