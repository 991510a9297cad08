import type { Core } from 'cytoscape';
import type { GraphDocument } from '../../server/flow/graph.ts';
import { setBadge } from './badges.ts';
import type { MapLayout } from './layout/shapes.ts';
import type { LiveLook } from './live.ts';
import { changedLooks } from './live.ts';
import { marksShown } from './marks.ts';
import type { Mark, Overlay } from './overlay.ts';
import { MARKS } from './overlay.ts';
import { relatedTo } from './related.ts';

const MARK_CLASSES = MARKS.map((mark) => `mark-${mark}`);

interface Lit {
  readonly graph: GraphDocument;
  readonly chosen: string | null;
  readonly overlay: Overlay | null;
  /** What the find field found; `null` where nothing is looked for. */
  readonly found: ReadonlySet<string> | null;
}

/** Brightens what is meant and fades the rest: the way of a mode first, then what was found, then what was chosen. */
export function light(core: Core, { graph, chosen, overlay, found }: Lit): void {
  const way = overlay?.lit ?? null;
  const hits = way === null && found !== null ? withHosts(graph, found) : null;
  const related = way ?? hits ?? (chosen === null ? null : relatedTo(graph, chosen));
  core.batch(() => {
    core.elements().removeClass(['chosen', 'faded', 'found']);
    if (related === null) return;
    core.elements().forEach((element) => {
      const subject = element.data('subject') as string;
      if (subject === chosen || (way?.has(subject) === true && element.is('edge, .guest, .gateway')))
        element.addClass('chosen');
      else if (hits !== null && found?.has(subject) === true) element.addClass('found');
      else if (!related.has(subject) && !element.is('.host, .title, .badge')) element.addClass('faded');
    });
    // Several things may hang on one joint: it is bright with the brightest line.
    core.edges().not('.faded').connectedNodes('.joint, .plug').removeClass('faded');
  });
}

/** What lies in a collapsed host is found in its card. */
function withHosts({ nodes }: GraphDocument, found: ReadonlySet<string>): ReadonlySet<string> {
  const all = new Set(found);
  for (const { id, parent } of nodes) if (parent !== undefined && found.has(id)) all.add(parent);
  return all;
}

/** Draws what a mode says of things, and takes away what it said before. */
export function mark(core: Core, graph: GraphDocument, layout: MapLayout, marks: ReadonlyMap<string, Mark>): void {
  core.batch(() => {
    core.nodes('.badge[id ^= "badge:right:"]').remove();
    core.elements().removeClass(MARK_CLASSES);
    if (marks.size === 0) return;
    core.edges().forEach((edge) => {
      const said = marks.get(edge.data('subject') as string);
      if (said !== undefined) edge.addClass(`mark-${said}`);
    });
    const badged = new Set([
      'host',
      'card',
      'guest',
      'gateway',
      'network',
      'bridge',
      'port',
      'fabric',
      'internet',
      'nic',
    ]);
    const roles = new Map(layout.shapes.map(({ id, role }) => [id, role]));
    for (const [id, shown] of marksShown(graph, layout, marks)) {
      core.getElementById(id).addClass(`mark-${shown.mark}`);
      if (badged.has(roles.get(id) ?? ''))
        setBadge(core, id, 'right', { sign: shown.sign, look: `sign-${shown.mark}` });
    }
  });
}

/** Shows live states: only what changed is touched. */
export function showLive(
  core: Core,
  before: ReadonlyMap<string, LiveLook>,
  after: ReadonlyMap<string, LiveLook>,
): void {
  core.batch(() => {
    for (const [id, look] of changedLooks(before, after)) {
      core.getElementById(id).toggleClass('live-down', look?.state === 'down');
      setBadge(core, id, 'left', look === null ? null : { sign: look.sign, look: `state-${look.state}` });
    }
  });
}
