import type { StylesheetJson, StylesheetStyle } from 'cytoscape';
import type { LiveState } from './live.ts';
import { MARK_SIGNS } from './marks.ts';
import type { Mark } from './overlay.ts';
import { MARKS } from './overlay.ts';
import { markTones, stateTones } from './tones.ts';

/** Told apart without colour, too: by how the line is broken, and by the sign of the badge. */
const BROKEN: Readonly<Record<Mark, 'solid' | 'dashed' | 'dotted' | 'double'>> = {
  added: 'solid',
  changed: 'dashed',
  removed: 'dotted',
  interrupted: 'double',
  down: 'solid',
  lost: 'dotted',
  drifted: 'double',
  doubtful: 'dashed',
};

const STATES: readonly LiveState[] = ['up', 'partly', 'down', 'unknown'];

/** Styles of marks on shapes and lines, of the badges of both, and of live states. */
export function signStyles(dark: boolean): StylesheetJson {
  const marks = markTones(dark);
  const states = stateTones(dark);
  return [
    {
      selector: '.badge',
      style: {
        width: 'data(w)',
        height: 17,
        shape: 'round-rectangle',
        'corner-radius': '8',
        'border-width': 1.5,
        'border-color': dark ? '#10161d' : '#ffffff',
        label: 'data(label)',
        'text-valign': 'center',
        'text-halign': 'center',
        'font-size': 12,
        'font-weight': 700,
        'min-zoomed-font-size': 5,
        'z-index': 20,
        'z-compound-depth': 'top',
        events: 'no',
      },
    },
    ...STATES.map((state): StylesheetStyle => ({
      selector: `.badge.state-${state}`,
      style: { 'background-color': states[state].line, color: states[state].on },
    })),
    { selector: '.live-down', style: { 'border-color': states.down.line, 'border-style': 'dashed' } },
    ...MARKS.flatMap((mark): StylesheetStyle[] => [
      {
        selector: `node.mark-${mark}`,
        style: {
          'border-color': marks[mark].line,
          'border-width': BROKEN[mark] === 'double' ? 5 : 3,
          'border-style': BROKEN[mark],
          'border-opacity': 1,
        },
      },
      {
        selector: `.bus.mark-${mark}, .segment.mark-${mark}, .joint.mark-${mark}, .plug.mark-${mark}`,
        style: { 'background-color': marks[mark].line, 'border-width': 0 },
      },
      { selector: `.title.mark-${mark}`, style: { 'border-width': 0, color: marks[mark].line } },
      {
        selector: `edge.mark-${mark}`,
        style: {
          width: 4,
          'line-color': marks[mark].line,
          'line-style': BROKEN[mark] === 'double' ? 'dashed' : BROKEN[mark],
          'line-opacity': 1,
          label: MARK_SIGNS[mark],
          'font-size': 12,
          'font-weight': 700,
          color: marks[mark].on,
          'text-background-color': marks[mark].line,
          'text-background-opacity': 1,
          'text-background-shape': 'roundrectangle',
          'text-background-padding': '2px',
        },
      },
      {
        selector: `.badge.sign-${mark}`,
        style: { 'background-color': marks[mark].line, color: marks[mark].on },
      },
    ]),
  ];
}
