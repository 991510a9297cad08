import type { LayerId } from './layers.ts';
import { standsBack } from './layers.ts';
import { textWidth } from './layout/text.ts';
import type { Line, MapLayout, Shape, ShapeRole } from './layout/shapes.ts';
import type { ShownMark } from './marks.ts';
import type { Palette } from './palette.ts';
import type { Ground } from './style.ts';
import { markTones } from './tones.ts';

interface Look {
  readonly title: string;
  readonly layer: LayerId;
  readonly palette: Palette;
  readonly ground: Ground;
  readonly dark: boolean;
  /** By the id of a shape. */
  readonly marks: ReadonlyMap<string, ShownMark>;
}

const MARGIN = 32;
const FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif";
/** What lies further up is drawn later. */
const ORDER: readonly ShapeRole[] = [
  ...(['bus', 'host', 'card', 'title', 'segment', 'network', 'internet', 'fabric'] as const),
  ...(['port', 'bridge', 'gateway', 'guest', 'nic', 'joint', 'plug'] as const),
];

/** The map as an SVG document of its own: the same layout and colours, sharp at any size, and text that can be searched. */
export function svgOf(layout: MapLayout, look: Look): string {
  const { left, top, w, h } = frameOf(layout);
  const shapes = new Map(layout.shapes.map((shape) => [shape.id, shape]));
  const sorted = [...layout.shapes].sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role));
  const behind = sorted.filter(({ role }) => ORDER.indexOf(role) <= ORDER.indexOf('segment'));
  const before = sorted.filter(({ role }) => ORDER.indexOf(role) > ORDER.indexOf('segment'));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${[left, top, w, h].map(n).join(' ')}" width="${n(w)}" height="${n(h)}" font-family="${FONT}">`,
    `<title>${escapeXml(look.title)}</title>`,
    `<rect x="${n(left)}" y="${n(top)}" width="${n(w)}" height="${n(h)}" fill="${look.dark ? '#10161d' : '#f4f6f9'}"/>`,
    ...behind.map((shape) => shapeText(shape, look)),
    ...layout.lines.map((line) => lineText(line, shapes, look)),
    ...before.map((shape) => shapeText(shape, look)),
    ...sorted.map((shape) => badgeText(shape, look)),
    '</svg>',
    '',
  ]
    .filter((each, index, all) => each !== '' || index === all.length - 1)
    .join('\n');
}

function frameOf({ shapes }: MapLayout): { left: number; top: number; w: number; h: number } {
  let [left, top, right, bottom] = [0, 0, 1, 1];
  for (const { x, y, w, h } of shapes) {
    left = Math.min(left, x - w / 2);
    right = Math.max(right, x + w / 2);
    top = Math.min(top, y - h / 2);
    bottom = Math.max(bottom, y + h / 2);
  }
  return { left: left - MARGIN, top: top - MARGIN, w: right - left + 2 * MARGIN, h: bottom - top + 2 * MARGIN };
}

interface Paint {
  readonly fill: string;
  readonly stroke: string;
  readonly text: string;
  readonly width: number;
  readonly radius: number;
  readonly dash?: string;
  readonly bold?: boolean;
}

function paintOf({ role, network }: Shape, { palette, ground }: Look): Paint {
  const tone = (network === undefined ? undefined : palette.get(network)) ?? { line: ground.line, soft: ground.soft };
  const plain = { fill: ground.soft, stroke: ground.line, text: ground.text, width: 1, radius: 6 };
  switch (role) {
    case 'host':
    case 'card':
      return { ...plain, fill: ground.box, stroke: ground.boxLine, width: 1.5, radius: 10 };
    case 'title':
      return { ...plain, fill: 'none', stroke: 'none', bold: true };
    case 'bus':
    case 'segment':
      return { ...plain, fill: tone.line, stroke: 'none', radius: 2 };
    case 'joint':
      return { ...plain, fill: tone.line, stroke: ground.box, width: 2, radius: 5 };
    case 'plug':
      return { ...plain, fill: ground.line, stroke: 'none', radius: 5 };
    case 'network':
      return { ...plain, fill: tone.soft, stroke: tone.line, width: 1.5 };
    case 'internet':
      return { ...plain, radius: 20, dash: '5 4', bold: true };
    case 'fabric':
      return { ...plain, text: ground.muted, radius: 11 };
    case 'port':
      return { ...plain, radius: 3 };
    case 'bridge':
      return { ...plain, stroke: ground.strong, width: 1.5 };
    case 'gateway':
      return { ...plain, fill: ground.strong, stroke: ground.strong, text: ground.onStrong, bold: true };
    case 'guest':
      return { ...plain, fill: tone.soft, stroke: tone.line };
    case 'nic':
      return { ...plain, fill: ground.box, stroke: tone.line, text: ground.muted, dash: '4 3' };
  }
}

function shapeText(shape: Shape, look: Look): string {
  const paint = paintOf(shape, look);
  const marked = look.marks.get(shape.id);
  const stroke = marked === undefined ? paint.stroke : markTones(look.dark)[marked.mark].line;
  const width = marked === undefined ? paint.width : 3;
  const { x, y, w, h } = shape;
  const box = `<rect x="${n(x - w / 2)}" y="${n(y - h / 2)}" width="${n(w)}" height="${n(h)}" rx="${n(Math.min(paint.radius, h / 2))}" fill="${paint.fill}" stroke="${stroke}" stroke-width="${n(width)}"${paint.dash === undefined ? '' : ` stroke-dasharray="${paint.dash}"`}/>`;
  const back = standsBack(look.layer, shape.role) ? ' opacity="0.5"' : '';
  return `<g${back}>${box}${labelText(shape, paint)}</g>`;
}

function labelText({ role, label, x, y, w }: Shape, { text, bold }: Paint): string {
  if (label === '') return '';
  if (role === 'joint') return textAt([label], x + w / 2 + 3, y + 13, { fill: text, size: 10.5, anchor: 'start' });
  const lines = label.split('\n');
  const size = role === 'port' ? 11 : role === 'title' ? 13 : 12;
  const first = y - ((lines.length - 1) * size * 1.25) / 2 + size * 0.35;
  return textAt(lines, x, first, { fill: text, size, anchor: 'middle', ...(bold === true ? { bold } : {}) });
}

interface TextLook {
  readonly fill: string;
  readonly size: number;
  readonly anchor: 'start' | 'middle';
  readonly bold?: boolean;
}

function textAt(lines: readonly string[], x: number, y: number, { fill, size, anchor, bold }: TextLook): string {
  const weight = bold === true ? ' font-weight="600"' : '';
  const spans = lines.map(
    (line, index) => `<tspan x="${n(x)}" y="${n(y + index * size * 1.25)}">${escapeXml(line)}</tspan>`,
  );
  return `<text text-anchor="${anchor}" font-size="${n(size)}" fill="${fill}"${weight}>${spans.join('')}</text>`;
}

function lineText(line: Line, shapes: ReadonlyMap<string, Shape>, { palette, ground, layer }: Look): string {
  const [source, target] = [shapes.get(line.source), shapes.get(line.target)];
  if (!source || !target) return '';
  const tone = line.network === undefined ? undefined : palette.get(line.network);
  const plain = ['uplink', 'wire', 'underlay'].includes(line.role);
  const stroke =
    line.role === 'mapping'
      ? ground.accent
      : line.role === 'stem'
        ? ground.strong
        : plain
          ? ground.line
          : (tone?.line ?? ground.line);
  const dash = line.role === 'mapping' || line.role === 'underlay' ? ' stroke-dasharray="6 4"' : '';
  const back = standsBack(layer, line.role) ? ' opacity="0.5"' : '';
  const { path, middle } = wayOf(line, source, target);
  const text = line.label ?? '';
  const label =
    text === ''
      ? ''
      : `<rect x="${n(middle[0] - textWidth(text) * 0.44 - 3)}" y="${n(middle[1] - 8)}" width="${n(textWidth(text) * 0.88 + 6)}" height="15" rx="3" fill="${ground.box}"/>` +
        textAt([text], middle[0], middle[1] + 3.5, { fill: ground.text, size: 10.5, anchor: 'middle' });
  return `<g${back}><path d="${path}" fill="none" stroke="${stroke}" stroke-width="2"${dash}/>${label}</g>`;
}

/** Straight between borders; round things that bend away where the map bends them, too. */
function wayOf(
  { role }: Line,
  source: Shape,
  target: Shape,
): { readonly path: string; readonly middle: readonly [number, number] } {
  if (role === 'bypass' || role === 'underlay') {
    const [x1, x2] = [source.x - source.w / 2, target.x - target.w / 2];
    const bend = Math.min(x1, x2) - 46;
    const middle = [bend / 2 + (x1 + x2) / 4, (source.y + target.y) / 2] as const;
    return {
      path: `M${n(x1)} ${n(source.y)} Q${n(bend)} ${n((source.y + target.y) / 2)} ${n(x2)} ${n(target.y)}`,
      middle,
    };
  }
  const [dx, dy] = [target.x - source.x, target.y - source.y];
  const length = Math.max(1, Math.hypot(dx, dy));
  const bend = role === 'mapping' ? 40 : 0;
  const control = [(source.x + target.x) / 2 - (dy / length) * bend, (source.y + target.y) / 2 + (dx / length) * bend];
  const [cx = 0, cy = 0] = control;
  const [from, to] = [border(source, cx, cy), border(target, cx, cy)];
  const middle = [(from[0] + to[0] + 2 * cx) / 4, (from[1] + to[1] + 2 * cy) / 4] as const;
  const via = bend === 0 ? 'L' : `Q${n(cx)} ${n(cy)} `;
  return { path: `M${n(from[0])} ${n(from[1])} ${via}${n(to[0])} ${n(to[1])}`, middle };
}

/** Where the line from the middle of a shape towards a point leaves it. */
function border({ x, y, w, h }: Shape, toX: number, toY: number): readonly [number, number] {
  const [dx, dy] = [toX - x, toY - y];
  const scale = Math.min(1, w / 2 / Math.max(Math.abs(dx), 0.001), h / 2 / Math.max(Math.abs(dy), 0.001));
  return [x + dx * scale, y + dy * scale];
}

const BADGED = new Set<ShapeRole>([
  'host',
  'card',
  'guest',
  'gateway',
  'network',
  'bridge',
  'port',
  'fabric',
  'internet',
]);

function badgeText({ id, role, x, y, w, h }: Shape, { marks, dark }: Look): string {
  const marked = marks.get(id);
  if (marked === undefined || !BADGED.has(role)) return '';
  const tone = markTones(dark)[marked.mark];
  const width = Math.max(17, textWidth(marked.sign) + 8);
  const [cx, cy] = [x + w / 2 - 3, y - h / 2 + 2];
  const box = `<rect x="${n(cx - width / 2)}" y="${n(cy - 8.5)}" width="${n(width)}" height="17" rx="8" fill="${tone.line}"/>`;
  return box + textAt([marked.sign], cx, cy + 4, { fill: tone.on, size: 12, anchor: 'middle', bold: true });
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Labels are plain text already; what XML gives a meaning is written out. */
function escapeXml(text: string): string {
  return text.toWellFormed().replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
