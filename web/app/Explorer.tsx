import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { GraphDocument } from '../../server/flow/graph.ts';
import { Map } from '../map/Map.tsx';
import { shownGraph } from '../map/filter.ts';
import type { Search } from '../map/find.ts';
import { findIndex, findNodes, parseQuery } from '../map/find.ts';
import type { MapHandle } from '../map/handle.ts';
import { hostsOpenAtFirst } from '../map/layout/open.ts';
import type { LiveStates } from '../map/live.ts';
import { stateWords } from '../map/live.ts';
import type { MapSettings } from '../map/settings.ts';
import { MOST_PINS } from '../map/settings.ts';
import type { ThemeState } from '../ui/useTheme.ts';
import { FactsPanel } from '../views/FactsPanel.tsx';
import { Help } from '../views/Help.tsx';
import { Legend } from '../views/Legend.tsx';
import { MapBar } from '../views/MapBar.tsx';
import { MapNotes } from '../views/MapNotes.tsx';
import { NodeList } from '../views/NodeList.tsx';
import { NodeMenu } from '../views/NodeMenu.tsx';
import '../views/map.css';
import { parseAddress } from './address.ts';
import type { AddressState } from './useAddress.ts';
import type { LiveState } from './useLive.ts';
import { useMapKeys } from './useMapKeys.ts';
import { useMapSettings } from './useMapSettings.ts';
import type { StageState } from './useStage.ts';

interface ExplorerProps {
  readonly graph: GraphDocument;
  readonly state: StageState;
  readonly place: AddressState;
  readonly colours: ThemeState;
  readonly live: LiveState;
  readonly fits: number;
  readonly onFit: () => void;
}

/** How long something that was just done is told of. */
const SAID_MS = 2500;

/** The map with all that belongs to it: the list, find, layers, saved views, menus and keys. */
export function Explorer({ graph, state, place, colours, live: { states: live, line }, fits, onFit }: ExplorerProps) {
  const { stage, mode, overlay, point } = state;
  const { go } = place;
  const { dark } = colours;
  const map = useRef<MapHandle>(null);
  const { settings, change } = useMapSettings(stage);
  const { open, toggle } = useOpenHosts(graph, place);
  const { focus, hidden, pins, layer } = settings;
  const drawn = useMemo(() => shownGraph(graph, focus, hidden), [graph, focus, hidden]);
  const search = useFind(graph, settings.find, live, overlay?.marks);
  const [help, setHelp] = useState(false);
  const [menu, setMenu] = useState<{ readonly id: string | null; readonly at: { x: number; y: number } } | null>(null);
  const { said, say } = useSaid();
  const closeMenu = useCallback(() => {
    setMenu(null);
  }, []);

  const known = graph.nodes.some(({ id }) => id === stage.chosen) || graph.edges.some(({ id }) => id === stage.chosen);
  const chosen = known && (mode === null || mode.showsChosen === true) ? stage.chosen : null;
  const centre = useCallback((id: string) => map.current?.centreOn(id), []);
  const moveCamera = useCallback(
    (at: MapSettings['at']) => {
      change({ at });
    },
    [change],
  );
  const pin = (shape: string, at: readonly [number, number]): void => {
    if (Object.keys(pins).length >= MOST_PINS && !Object.hasOwn(pins, shape))
      say(`No more than ${String(MOST_PINS)} things can be pinned.`);
    // One that was not kept goes back to its place: the same pins in a new object are drawn anew.
    change({ pins: { ...pins, [shape]: at } });
  };
  const pinOfNode = (id: string): readonly string[] =>
    Object.keys(pins).filter((shape) => shape === id || shape.startsWith(`${id}@`));
  const show = (address: string): void => {
    const { topology } = place.address;
    go(() => ({ ...parseAddress(`?${address}`), topology }));
  };
  useMapKeys({
    map,
    chosen: stage.chosen,
    choose: point,
    open: (id) => {
      if (graph.nodes.some((node) => node.id === id && node.kind === 'host')) toggle(id);
      else centre(id);
    },
    layer: (next) => {
      change({ layer: next });
    },
    help: () => {
      setHelp(true);
    },
    menu: () => {
      const at = stage.chosen === null ? null : (map.current?.placeOf(stage.chosen) ?? null);
      if (at !== null) setMenu({ id: stage.chosen, at });
    },
  });

  return (
    <>
      <NodeList
        {...{ graph, dark, live, search }}
        find={settings.find}
        chosen={stage.chosen}
        onFind={(find) => {
          change({ find });
        }}
        onChoose={point}
      />
      <main className="stage">
        <Map
          {...{ open, dark, fits, overlay, layer, pins, chosen, live }}
          graph={drawn}
          found={search.found}
          at={settings.at}
          handle={map}
          onChoose={point}
          onToggle={toggle}
          onCamera={moveCamera}
          onPin={pin}
          onMenu={(id, at) => {
            setMenu({ id, at });
          }}
        />
        <MapBar
          {...{ layer, line }}
          topology={stage.name}
          onLive={() => {
            stage.keep({ 'map.live': line === null ? 'on' : null });
          }}
          theme={colours.theme}
          exported={{
            png: () => map.current?.png() ?? Promise.reject(new Error('The map is not drawn yet.')),
            svg: async () => {
              const { svgOfMap } = await import('../map/export.ts');
              const layout = map.current?.layout() ?? { shapes: [], lines: [] };
              return svgOfMap(drawn, layout, { layer, dark, marks: overlay?.marks ?? new globalThis.Map() });
            },
          }}
          onLayer={(next) => {
            change({ layer: next });
          }}
          onZoom={(factor) => map.current?.zoomBy(factor)}
          onTheme={colours.turn}
          onHelp={() => {
            setHelp(true);
          }}
          onView={show}
        />
        <MapNotes {...{ graph, settings, said }} onChange={change} />
        {state.drawing === null ? null : (
          <p className="says" role="status">
            {state.drawing.says}
          </p>
        )}
        <Legend graph={drawn} dark={dark} marks={overlay?.marks ?? null} live={live} layer={layer} />
      </main>
      {menu === null ? null : (
        <NodeMenu
          {...{ graph, open }}
          id={menu.id}
          at={menu.at}
          pinned={menu.id !== null && pinOfNode(menu.id).length > 0}
          anyPins={Object.keys(pins).length > 0}
          onClose={closeMenu}
          act={{
            choose: stage.choose,
            ...{ toggle, centre },
            copy: (text) => {
              copyText(text, say);
            },
            isolate: (id) => {
              change({ focus: { id, hops: 2 }, at: null });
            },
            hide: (id) => {
              change({ hidden: [...hidden, id] });
            },
            unpin: (id) => {
              const gone = pinOfNode(id);
              change({ pins: Object.fromEntries(Object.entries(pins).filter(([shape]) => !gone.includes(shape))) });
            },
            reset: () => {
              change({ pins: {} });
            },
            fit: onFit,
          }}
        />
      )}
      {help ? (
        <Help
          onClose={() => {
            setHelp(false);
          }}
        />
      ) : null}
      {stage.chosen === null || !known || mode !== null ? null : (
        <FactsPanel
          {...{ graph, dark, open }}
          id={stage.chosen}
          live={live.get(stage.chosen) ?? null}
          onChoose={stage.choose}
          onToggle={toggle}
        />
      )}
    </>
  );
}

function useOpenHosts(
  graph: GraphDocument,
  { address, adjust }: AddressState,
): { readonly open: ReadonlySet<string>; readonly toggle: (host: string) => void } {
  const toggled = useMemo(() => new Set(address.toggled), [address.toggled.join('\n')]);
  const first = useMemo(() => hostsOpenAtFirst(graph), [graph]);
  const open = useMemo(() => symmetricDifference(first, toggled), [first, toggled]);
  const toggle = useCallback(
    (host: string) => {
      adjust((before) => ({
        ...before,
        toggled: [...symmetricDifference(new Set(before.toggled), new Set([host]))].toSorted(),
      }));
    },
    [adjust],
  );
  return { open, toggle };
}

/** Typing comes first, finding and drawing follow. */
function useFind(
  graph: GraphDocument,
  text: string,
  live: LiveStates,
  marks: ReadonlyMap<string, string> | undefined,
): Search {
  const later = useDeferredValue(text);
  const index = useMemo(() => findIndex(graph), [graph]);
  const query = useMemo(() => parseQuery(later), [later]);
  // Live states change all the time: without a word about them, nothing is looked for anew.
  const asksLive = query.terms.some(({ key }) => key === 'state') ? live : null;
  const asksMarks = query.terms.some(({ key }) => key === 'mark') ? marks : undefined;
  return useMemo(() => {
    const state = (id: string): readonly string[] => (asksLive === null ? [] : stateWords(asksLive, id));
    const found = findNodes(index, query, { state, mark: (id) => asksMarks?.get(id) });
    return { found, problems: query.problems };
  }, [index, query, asksLive, asksMarks]);
}

function useSaid(): { readonly said: string | null; readonly say: (text: string) => void } {
  const [said, say] = useState<string | null>(null);
  useEffect(() => {
    if (said === null) return undefined;
    const later = setTimeout(() => {
      say(null);
    }, SAID_MS);
    return () => {
      clearTimeout(later);
    };
  }, [said]);
  return { said, say };
}

function copyText(text: string, say: (text: string) => void): void {
  navigator.clipboard.writeText(text).then(
    () => {
      say(`Copied ${text}`);
    },
    () => {
      say('The browser did not let the page copy.');
    },
  );
}

function symmetricDifference(left: ReadonlySet<string>, right: ReadonlySet<string>): ReadonlySet<string> {
  const onlyLeft = [...left].filter((each) => !right.has(each));
  return new Set([...onlyLeft, ...[...right].filter((each) => !left.has(each))]);
}
