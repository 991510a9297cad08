import type { Core, EventObject, NodeSingular } from 'cytoscape';
import cytoscape from 'cytoscape';
import { followZoom } from './camera.ts';

/** What happens on the map. Positions are in the units of the map. */
export interface MapEvents {
  readonly onChoose: (id: string | null) => void;
  readonly onToggle: (host: string) => void;
  /** Somebody moved or zoomed the map by hand. */
  readonly onMoved: () => void;
  /** A shape was dragged: by how much, and where its middle is now. */
  readonly onDropped: (shape: string, to: { readonly x: number; readonly y: number }) => void;
  /** The right button, or a long press. */
  readonly onMenu: (id: string | null, at: { readonly x: number; readonly y: number }) => void;
}

const LEAST_DRAG = 3;

export function createCore(container: HTMLElement, events: () => MapEvents): Core {
  const core = cytoscape({
    container,
    layout: { name: 'preset' },
    autounselectify: true,
    boxSelectionEnabled: false,
    minZoom: 0.05,
    maxZoom: 3,
  });
  const subjectOf = ({ target }: EventObject): string | null =>
    target === core ? null : ((target as NodeSingular).data('subject') as string);
  core.on('tap', (event) => {
    events().onChoose(subjectOf(event));
  });
  core.on('dbltap', '.card, .host, .title', (event) => {
    events().onToggle(subjectOf(event) ?? '');
  });
  core.on('cxttap', (event) => {
    events().onMenu(subjectOf(event), event.renderedPosition);
  });
  core.on('dragpan scrollzoom pinchzoom', () => {
    events().onMoved();
  });
  followDrags(core, events);
  followZoom(core);
  return core;
}

/** A host is taken by its name: everything in it goes along, whereas its box alone would stretch. */
function followDrags(core: Core, events: () => MapEvents): void {
  let from: { x: number; y: number } | null = null;
  let last: { x: number; y: number } | null = null;
  core.on('grab', 'node', (event) => {
    const node = event.target as NodeSingular;
    from = { ...node.position() };
    last = from;
  });
  core.on('drag', '.title', (event) => {
    const title = event.target as NodeSingular;
    const now = { ...title.position() };
    const by = { x: now.x - (last?.x ?? now.x), y: now.y - (last?.y ?? now.y) };
    last = now;
    core.batch(() => {
      title.siblings().shift(by);
    });
  });
  core.on('dragfree', 'node', (event) => {
    const node = event.target as NodeSingular;
    const now = node.position();
    if (from === null || Math.hypot(now.x - from.x, now.y - from.y) < LEAST_DRAG) return;
    events().onDropped(node.id(), { x: now.x, y: now.y });
  });
}
