import type { Core } from 'cytoscape';
import { useEffect, useImperativeHandle, useMemo, useRef, useState } from 'react';
import type { Ref } from 'react';
import type { GraphDocument } from '../../server/flow/graph.ts';
import { nextInDirection } from './arrows.ts';
import { cameraOf, fitAll, keepInPlace, sameCamera, setCamera, showFromUnderPanel } from './camera.ts';
import { createCore } from './core.ts';
import { light, mark, showLive } from './dress.ts';
import { elementsOf } from './elements.ts';
import type { MapHandle } from './handle.ts';
import type { LayerId } from './layers.ts';
import { layoutMap } from './layout/layout.ts';
import type { LiveLook, LiveStates } from './live.ts';
import { looksOf, NO_STATES } from './live.ts';
import { MiniMap } from './MiniMap.tsx';
import type { Overlay } from './overlay.ts';
import { paletteOf } from './palette.ts';
import { pinOf, withPins } from './pins.ts';
import type { Camera, Pins } from './settings.ts';
import { NO_PINS } from './settings.ts';
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
  readonly layer?: LayerId;
  /** Ids that the find field found; `null`: nothing is looked for. */
  readonly found?: ReadonlySet<string> | null;
  readonly live?: LiveStates;
  readonly pins?: Pins;
  /** `null`: the whole map. */
  readonly at?: Camera | null;
  readonly onCamera?: (at: Camera) => void;
  readonly onPin?: (shape: string, at: readonly [number, number]) => void;
  /** The menu of a node or line, or of the map itself, is asked for at a place in the window. */
  readonly onMenu?: (id: string | null, at: { readonly x: number; readonly y: number }) => void;
  readonly handle?: Ref<MapHandle>;
}

const NOTHING = (): undefined => undefined;
/** Moving goes on: the address is written when it stops. */
const SETTLED_MS = 250;

/** The picture of a topology. Only this folder knows cytoscape. */
export function Map(props: MapProps) {
  const { graph, open, chosen, overlay, dark, fits, onChoose, onToggle, handle } = props;
  const { layer = 'overview', found = null, live = NO_STATES, pins = NO_PINS, at = null } = props;
  const { onCamera = NOTHING, onPin = NOTHING, onMenu = NOTHING } = props;
  const box = useRef<HTMLDivElement>(null);
  const [core, setCore] = useState<Core | null>(null);
  const plain = useMemo(() => layoutMap(graph, open, layer), [graph, open, layer]);
  const layout = useMemo(() => withPins(plain, pins), [plain, pins]);
  const palette = useMemo(
    () =>
      paletteOf(
        graph.nodes.filter(({ kind }) => kind === 'network').map(({ id }) => id),
        dark,
      ),
    [graph, dark],
  );
  const ground = dark ? DARK_GROUND : LIGHT_GROUND;
  /** The camera as it was last told of or asked for. */
  const camera = useRef<Camera | null>(at);
  const telling = useRef<ReturnType<typeof setTimeout>>(undefined);

  const tellCamera = (made: Core): void => {
    camera.current = cameraOf(made);
    clearTimeout(telling.current);
    telling.current = setTimeout(() => {
      camera.current = cameraOf(made);
      onCamera(camera.current);
    }, SETTLED_MS);
  };
  const events = useRef({ onChoose, onToggle, onMenu, onMoved: NOTHING, onDropped });
  events.current = {
    ...{ onChoose, onToggle, onDropped },
    onMenu: (id, place) => {
      const frame = box.current?.getBoundingClientRect();
      onMenu(id, { x: place.x + (frame?.left ?? 0), y: place.y + (frame?.top ?? 0) });
    },
    onMoved: () => {
      if (core) tellCamera(core);
    },
  };
  function onDropped(id: string, to: { readonly x: number; readonly y: number }): void {
    const held = layout.shapes.find((shape) => shape.id === id);
    // The name of a host stands for the host.
    const shape = held?.role === 'title' ? layout.shapes.find((each) => each.id === held.parent) : held;
    if (!held || !shape) return;
    onPin(...pinOf(layout, shape, to.x + shape.x - held.x, to.y + shape.y - held.y));
  }

  useEffect(() => {
    if (!box.current) return undefined;
    const made = createCore(box.current, () => events.current);
    setCore(made);
    const resized = new ResizeObserver(() => {
      const before = cameraOf(made);
      made.resize();
      // As long as nobody has moved it, the whole map is what is looked at, also beside a panel.
      if (camera.current === null) fitAll(made);
      else setCamera(made, { ...before, x: camera.current.x, y: camera.current.y });
    });
    resized.observe(box.current);
    return () => {
      clearTimeout(telling.current);
      resized.disconnect();
      made.destroy();
      setCore(null);
    };
  }, []);

  const drawn = useRef<{ readonly layout: typeof layout; readonly open: ReadonlySet<string> } | null>(null);
  useEffect(() => {
    if (!core) return;
    core.batch(() => {
      core.elements().remove();
      core.add(elementsOf(layout, palette, ground, layer));
    });
    core.style().fromJson(styleOf(ground, dark)).update();
    const before = drawn.current;
    drawn.current = { layout, open };
    const turned = before === null ? [] : [...open].filter((id) => !before.open.has(id));
    if (before !== null) turned.push(...[...before.open].filter((id) => !open.has(id)));
    const [only] = turned;
    if (camera.current !== null && before !== null && only !== undefined && turned.length === 1)
      keepInPlace(core, before.layout, layout, only);
  }, [core, layout, palette, ground, dark, layer, open]);

  useEffect(() => {
    if (!core) return;
    if (camera.current === null) fitAll(core);
    // The first picture is there: `scripts/bench web` waits for it.
    core.one('render', () => performance.mark('trunkline:map'));
  }, [core, plain]);

  useEffect(() => {
    if (!core) return;
    if (at === null) {
      camera.current = null;
      fitAll(core);
    } else if (camera.current === null || !sameCamera(at, cameraOf(core))) {
      camera.current = at;
      setCamera(core, at);
    }
  }, [core, at, fits]);

  useEffect(() => {
    if (core) light(core, { graph, chosen, overlay, found });
  }, [core, graph, layout, dark, layer, chosen, overlay, found]);

  useEffect(() => {
    if (core) mark(core, graph, layout, overlay?.marks ?? new globalThis.Map());
  }, [core, graph, layout, dark, layer, overlay]);

  const looks = useRef<ReadonlyMap<string, LiveLook>>(new globalThis.Map());
  useEffect(() => {
    looks.current = new globalThis.Map();
  }, [core, layout, palette, ground, dark, layer, open]);
  useEffect(() => {
    if (!core) return;
    const after = looksOf(layout, live);
    showLive(core, looks.current, after);
    looks.current = after;
  }, [core, layout, palette, ground, dark, layer, open, live]);

  useEffect(() => {
    if (!core || chosen === null) return undefined;
    // Not at once: the second click of a double click must find what the first one found.
    const later = setTimeout(() => {
      showFromUnderPanel(core, chosen, graph.nodes.find((node) => node.id === chosen)?.parent);
    }, 350);
    return () => {
      clearTimeout(later);
    };
  }, [core, graph, chosen]);

  useImperativeHandle(handle, (): MapHandle => {
    const shapeOf = (id: string) => {
      const shapes = layout.shapes.filter((shape) => shape.subject === id || shape.id === id);
      const parent = graph.nodes.find((node) => node.id === id)?.parent;
      return shapes[0] ?? layout.shapes.find((shape) => shape.id === parent);
    };
    return {
      layout: () => layout,
      zoomBy(factor) {
        if (!core) return;
        const renderedPosition = { x: core.width() / 2, y: core.height() / 2 };
        core.zoom({ level: core.zoom() * factor, renderedPosition });
        tellCamera(core);
      },
      centreOn(id) {
        const shape = shapeOf(id);
        if (!core || !shape) return;
        setCamera(core, { zoom: Math.max(core.zoom(), 1), x: shape.x, y: shape.y });
        tellCamera(core);
      },
      next: (from, direction) => nextInDirection(layout, from, direction)?.subject ?? null,
      placeOf(id) {
        const shape = shapeOf(id);
        const frame = box.current?.getBoundingClientRect();
        if (!core || !shape || !frame) return null;
        const pan = core.pan();
        return { x: frame.left + shape.x * core.zoom() + pan.x, y: frame.top + shape.y * core.zoom() + pan.y };
      },
      png: () =>
        core === null
          ? Promise.reject(new Error('The map is not drawn yet.'))
          : core.png({
              output: 'blob-promise',
              full: true,
              scale: 2,
              maxWidth: 8000,
              maxHeight: 8000,
              bg: dark ? '#10161d' : '#f4f6f9',
            }),
    };
  });

  return (
    <>
      <div
        className="map"
        ref={box}
        role="img"
        aria-label={`Map of ${graph.topology}. The list beside it holds the same nodes.`}
      />
      {core === null ? null : (
        <MiniMap
          {...{ core, layout, palette, ground }}
          onMove={(x, y) => {
            setCamera(core, { zoom: core.zoom(), x, y });
            tellCamera(core);
          }}
        />
      )}
    </>
  );
}
