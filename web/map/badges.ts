import type { Core } from 'cytoscape';
import { textWidth } from './layout/text.ts';

/** A small sign at a corner of a shape: marks at its right, live states at its left. */
export interface Badge {
  readonly sign: string;
  /** How it is styled: `sign-added`, `state-down`. */
  readonly look: string;
}

type Corner = 'left' | 'right';

/** Puts a badge to a shape, changes the one that is there, or takes it away. Nothing is made twice: states change all the time. */
export function setBadge(core: Core, shape: string, corner: Corner, badge: Badge | null): void {
  const id = `badge:${corner}:${shape}`;
  const known = core.getElementById(id);
  if (badge === null) {
    known.remove();
    return;
  }
  const w = Math.max(17, textWidth(badge.sign) + 8);
  if (known.nonempty()) {
    if (known.data('label') !== badge.sign) known.data({ label: badge.sign, w });
    if (!known.hasClass(badge.look)) known.classes(`badge ${badge.look}`);
    return;
  }
  const at = cornerOf(core, shape, corner);
  if (at === null) return;
  const [group, classes] = ['nodes', `badge ${badge.look}`] as const;
  core.add({ group, classes, grabbable: false, data: { id, subject: '', label: badge.sign, w }, position: at });
}

function cornerOf(core: Core, shape: string, corner: Corner): { x: number; y: number } | null {
  const node = core.getElementById(shape);
  if (node.empty() || !node.isNode()) return null;
  const { x1, x2, y1 } = node.boundingBox({ includeLabels: false, includeOverlays: false });
  return { x: corner === 'left' ? x1 + 3 : x2 - 3, y: y1 + 2 };
}
