import type { Core } from 'cytoscape';
import cytoscape from 'cytoscape';
import { useEffect, useMemo, useRef } from 'react';
import type { GraphDocument } from '../../server/flow/graph.ts';
import { elementsOf } from './elements.ts';
import { layoutMap } from './layout/layout.ts';
import type { Overlay } from './overlay.ts';
import { MARKS } from './overlay.ts';
import { paletteOf } from './palette.ts';
import { relatedTo } from './related.ts';
import { DARK_GROUND, LIGHT_GROUND, styleOf } from './style.ts';

interface MapProps {
  readonly graph: GraphDocument;
  /** Hosts drawn with what is in them. */
  readonly open: ReadonlySet<string>;
  readonly chosen: string | null;
  /** What a mode draws over the map. */
  readonly overlay: Overlay | null;
  readonly dark: boolean;
  /** Counts the times that the whole map was asked for. */
  readonly fits: number;
  readonly onChoose: (id: string | null) => void;
  readonly onToggle: (host: string) => void;
}

/** A small topology is not blown up to fill the window. */
const LARGEST_AT_FIT = 1.35;

/** The picture of a topology. The only component that knows cytoscape. */
export function Map({ graph, open, chosen, overlay, dark, fits, onChoose, onToggle }: MapProps) {
  const box = useRef<HTMLDivElement>(null);
  const core = useRef<Core>(null);
  const handlers = useRef({ onChoose, onToggle });
  handlers.current = { onChoose, onToggle };
  const layout = useMemo(() => layoutMap(graph, open), [graph, open]);

  useEffect(() => {
    if (!box.current) return undefined;
    const made = cytoscape({
      container: box.current,
      layout: { name: 'preset' },
      autoungrabify: true,
      autounselectify: true,
      boxSelectionEnabled: false,
      minZoom: 0.05,
      maxZoom: 3,
    });
    made.on('tap', (event) => {
      handlers.current.onChoose(
        event.target === made ? null : (event.target as { data: (key: string) => string }).data('subject'),
      );
    });
    made.on('dbltap', '.card, .host, .title', (event) => {
      handlers.current.onToggle((event.target as { data: (key: string) => string }).data('subject'));
    });
    core.current = made;
    const resized = new ResizeObserver(() => made.resize());
    resized.observe(box.current);
    return () => {
      resized.disconnect();
      made.destroy();
      core.current = null;
    };
  }, []);

  useEffect(() => {
    const ground = dark ? DARK_GROUND : LIGHT_GROUND;
    const networks = graph.nodes.filter((node) => node.kind === 'network').map((node) => node.id);
    const made = core.current;
    if (!made) return;
    made.batch(() => {
      made.elements().remove();
      made.add(elementsOf(layout, paletteOf(networks, dark), ground));
    });
    made.style().fromJson(styleOf(ground)).update();
  }, [graph, layout, dark]);

  useEffect(() => {
    const made = core.current;
    if (!made) return;
    made.fit(undefined, 32);
    if (made.zoom() <= LARGEST_AT_FIT) return;
    made.zoom(LARGEST_AT_FIT);
    made.center();
  }, [graph.topology, open, fits]);

  useEffect(() => {
    const made = core.current;
    if (!made) return undefined;
    const way = overlay?.lit ?? null;
    const related = way ?? (chosen === null ? null : relatedTo(graph, chosen));
    made.batch(() => {
      made.elements().removeClass(['chosen', 'faded', ...MARKS.map((mark) => `mark-${mark}`)]);
      if (overlay !== null && overlay.marks.size > 0) {
        made.elements().forEach((element) => {
          const mark = overlay.marks.get(element.data('subject') as string);
          if (mark !== undefined) element.addClass(`mark-${mark}`);
        });
      }
      if (!related) return;
      made.elements().forEach((element) => {
        const subject = element.data('subject') as string;
        if (subject === chosen || (way?.has(subject) === true && element.is('edge, .guest, .gateway')))
          element.addClass('chosen');
        else if (!related.has(subject) && !element.hasClass('host') && !element.hasClass('title'))
          element.addClass('faded');
      });
      // Several things may hang on one joint: it is bright with the brightest line.
      made.edges().not('.faded').connectedNodes('.joint, .plug').removeClass('faded');
    });
    // Not at once: the second click of a double click must find what the first one found.
    const later = setTimeout(() => {
      if (chosen !== null) showFromUnderPanel(made, chosen, graph.nodes.find((node) => node.id === chosen)?.parent);
    }, 350);
    return () => {
      clearTimeout(later);
    };
  }, [graph, layout, dark, chosen, overlay]);

  return (
    <div
      className="map"
      ref={box}
      role="img"
      aria-label={`Map of ${graph.topology}. The list beside it holds the same nodes.`}
    />
  );
}

/** Width of the panel that lies over the map while something is chosen, with its margin. */
const PANEL = 360;

/** Moves the map to the left where the panel, or the edge of the window, hides what was chosen. */
function showFromUnderPanel(core: Core, chosen: string, host: string | undefined): void {
  const own = core.getElementById(chosen);
  // What lies in a collapsed host is shown by its card.
  const shape = own.empty() && host !== undefined ? core.getElementById(host) : own;
  if (shape.empty() || !shape.isNode() || shape.isParent()) return;
  const { x1, x2, y1, y2 } = shape.renderedBoundingBox();
  const right = core.width() - PANEL;
  const x = x2 > right ? right - x2 : x1 < 0 ? 20 - x1 : 0;
  const y = y2 > core.height() ? core.height() - y2 - 20 : y1 < 0 ? 20 - y1 : 0;
  if (x !== 0 || y !== 0) core.animate({ panBy: { x, y }, duration: 180 });
}
