import type { StylesheetJson } from 'cytoscape';
import { signStyles } from './sign-style.ts';

/** Colours of what belongs to no network. */
export interface Ground {
  readonly line: string;
  readonly soft: string;
  readonly text: string;
  readonly muted: string;
  readonly box: string;
  readonly boxLine: string;
  readonly raised: string;
  readonly strong: string;
  readonly onStrong: string;
  readonly accent: string;
}

export const LIGHT_GROUND: Ground = {
  line: '#7b8794',
  soft: '#f1f4f7',
  text: '#1c2733',
  muted: '#5a6775',
  box: '#ffffff',
  boxLine: '#c9d2dc',
  raised: '#ffffff',
  strong: '#33475e',
  onStrong: '#ffffff',
  accent: '#1463d6',
};

export const DARK_GROUND: Ground = {
  line: '#7d8b9a',
  soft: '#1f2832',
  text: '#e4eaf1',
  muted: '#9fadbb',
  box: '#171e26',
  boxLine: '#36424f',
  raised: '#1d2630',
  strong: '#a9bacb',
  onStrong: '#10161d',
  accent: '#6aa8ff',
};

/** Curves bend away from the line between their ends; cytoscape's types lack the value. */
const FROM_ENDPOINTS: object = { 'edge-distances': 'endpoints' };

/** What a box is taller than its content lies below it. The second name is missing in cytoscape's types. */
const LOW_BIAS: object = { 'min-height-bias-top': '0', 'min-height-bias-bottom': '100' };

const FONT = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif';

export function styleOf(ground: Ground, dark: boolean): StylesheetJson {
  const boxed = {
    label: 'data(label)',
    width: 'data(w)',
    height: 'data(h)',
    'text-valign': 'center',
    'text-halign': 'center',
  } as const;
  return [
    {
      selector: 'node',
      style: {
        shape: 'round-rectangle',
        'corner-radius': '6',
        'font-family': FONT,
        'font-size': 12,
        color: ground.text,
        'text-wrap': 'wrap',
        'text-max-width': '1000px',
        'line-height': 1.25,
        'min-zoomed-font-size': 4,
        'border-width': 1,
        'border-color': ground.boxLine,
        'background-color': ground.raised,
        'overlay-opacity': 0,
      },
    },
    {
      selector: 'edge',
      style: {
        width: 1.5,
        'line-color': ground.line,
        'curve-style': 'straight',
        'overlay-opacity': 0,
        'source-endpoint': 'outside-to-node',
        'target-endpoint': 'outside-to-node',
      },
    },

    {
      selector: '.host',
      style: {
        'background-color': ground.box,
        'border-color': ground.boxLine,
        'border-width': 1.5,
        'corner-radius': '10',
        padding: '0px',
        'compound-sizing-wrt-labels': 'exclude',
        'min-width': 'data(w)',
        'min-width-bias-left': '0',
        'min-width-bias-right': '100',
        'min-height': 'data(h)',
        ...LOW_BIAS,
        'z-index': 2,
      },
    },
    {
      selector: '.card',
      style: { ...boxed, 'background-color': ground.box, 'border-width': 1.5, 'corner-radius': '10', 'z-index': 2 },
    },
    // From far away a name is all that can be read.
    { selector: '.card.far', style: { label: 'data(short)', 'font-size': 'data(far)', 'font-weight': 600 } },
    {
      selector: '.title',
      style: { ...boxed, 'background-opacity': 0, 'border-width': 0, 'font-size': 13, 'font-weight': 700 },
    },

    {
      selector: '.bus',
      style: {
        width: 'data(w)',
        height: 'data(h)',
        'background-color': 'data(color)',
        'border-width': 0,
        'corner-radius': '2',
        'z-index': 1,
      },
    },
    {
      selector: '.segment',
      style: {
        width: 'data(w)',
        height: 'data(h)',
        'background-color': 'data(color)',
        'border-width': 0,
        'corner-radius': '2',
        'z-index': 1,
      },
    },
    {
      selector: '.joint',
      style: {
        width: 'data(w)',
        height: 'data(h)',
        shape: 'ellipse',
        'background-color': 'data(color)',
        'border-width': 2,
        'border-color': ground.box,
        'z-index': 6,
      },
    },
    {
      selector: '.joint[label != ""]',
      style: {
        label: 'data(label)',
        'font-size': 10.5,
        'text-halign': 'right',
        'text-valign': 'bottom',
        'text-margin-x': 1,
        'text-margin-y': -1,
        'min-zoomed-font-size': 7,
      },
    },

    {
      selector: '.plug',
      style: {
        width: 'data(w)',
        height: 'data(h)',
        shape: 'ellipse',
        'background-color': ground.line,
        'border-width': 0,
        'z-index': 6,
      },
    },

    {
      selector: '.network',
      style: {
        ...boxed,
        'background-color': 'data(soft)',
        'border-color': 'data(color)',
        'border-width': 1.5,
        'z-index': 4,
      },
    },
    {
      selector: '.internet',
      style: {
        ...boxed,
        'background-color': ground.soft,
        'border-color': ground.line,
        'border-style': 'dashed',
        'corner-radius': '20',
        'font-weight': 600,
        'z-index': 4,
      },
    },
    {
      selector: '.fabric',
      style: {
        ...boxed,
        'background-color': ground.soft,
        'border-color': ground.line,
        color: ground.muted,
        'corner-radius': '11',
        'z-index': 4,
      },
    },

    {
      selector: '.port',
      style: {
        ...boxed,
        'background-color': ground.soft,
        'border-color': ground.line,
        'corner-radius': '3',
        'font-size': 11,
        'z-index': 5,
      },
    },
    {
      selector: '.bridge',
      style: {
        ...boxed,
        'background-color': ground.soft,
        'border-color': ground.strong,
        'border-width': 1.5,
        'z-index': 5,
      },
    },
    {
      selector: '.gateway',
      style: {
        ...boxed,
        'background-color': ground.strong,
        'border-color': ground.strong,
        color: ground.onStrong,
        'font-weight': 600,
        'z-index': 5,
      },
    },
    {
      selector: '.guest',
      style: { ...boxed, 'background-color': 'data(soft)', 'border-color': 'data(color)', 'z-index': 5 },
    },
    {
      selector: '.nic',
      style: {
        ...boxed,
        'background-color': ground.box,
        'border-color': 'data(color)',
        'border-style': 'dashed',
        color: ground.muted,
        'z-index': 5,
      },
    },

    { selector: '.drop', style: { 'line-color': 'data(color)', width: 1.5 } },
    { selector: '.stem', style: { 'line-color': ground.strong, width: 2 } },
    { selector: '.uplink, .wire', style: { 'line-color': ground.line, width: 2 } },
    { selector: '.beyond', style: { 'line-color': 'data(color)', width: 2 } },
    {
      selector: '.bypass, .underlay',
      style: {
        'line-color': 'data(color)',
        'curve-style': 'unbundled-bezier',
        'control-point-distances': [46],
        'control-point-weights': [0.5],
        'source-endpoint': '-50% 0%',
        'target-endpoint': '-50% 0%',
        ...FROM_ENDPOINTS,
      },
    },
    { selector: '.underlay', style: { 'line-style': 'dashed', 'line-color': ground.line } },

    {
      selector: '.mapping',
      style: {
        'line-color': ground.accent,
        'line-style': 'dashed',
        width: 1.5,
        'curve-style': 'unbundled-bezier',
        'control-point-distances': [40],
        'control-point-weights': [0.5],
        'target-arrow-shape': 'triangle',
        'target-arrow-color': ground.accent,
        'arrow-scale': 0.8,
        label: 'data(label)',
        // Along its line: labels of neighbours would lie over one another.
        'text-rotation': 'autorotate',
        'font-family': FONT,
        'font-size': 10.5,
        color: ground.text,
        'text-background-color': ground.box,
        'text-background-opacity': 0.92,
        'text-background-padding': '2px',
        'text-background-shape': 'roundrectangle',
        'min-zoomed-font-size': 7,
        'z-index': 8,
      },
    },
    { selector: '.tie', style: { 'line-color': 'data(color)', width: 3, 'target-endpoint': '-50% 0%' } },

    // What stands back in a layer is pale all over, and still there.
    { selector: 'node.back', style: { 'text-opacity': 0.55, 'border-opacity': 0.4 } },
    { selector: 'edge.back', style: { 'line-opacity': 0.35 } },
    { selector: '.host.back, .title.back', style: { 'background-opacity': 1, 'text-opacity': 1 } },

    // The ground of what is faded stays opaque: lines run behind it.
    { selector: 'node.faded', style: { 'text-opacity': 0.4, 'border-opacity': 0.35 } },
    { selector: 'edge.faded', style: { 'line-opacity': 0.2 } },
    {
      selector: '.bus.faded, .segment.faded, .joint.faded, .plug.faded, .gateway.faded',
      style: { 'background-opacity': 0.25 },
    },
    {
      selector: '.found',
      style: { 'border-color': ground.accent, 'border-width': 2.5, 'text-opacity': 1, 'border-opacity': 1 },
    },
    { selector: '.chosen', style: { 'border-color': ground.accent, 'border-width': 3 } },
    { selector: 'edge.chosen', style: { width: 3 } },
    {
      selector:
        '.bus.chosen, .segment.chosen, .joint.chosen, .plug.chosen, .title.chosen, .title.found, .bus.found, .segment.found',
      style: { 'border-width': 0 },
    },
    { selector: '.title.chosen', style: { color: ground.accent } },
    ...signStyles(dark),
  ];
}
