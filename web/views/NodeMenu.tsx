import type { GraphDocument, GraphNode } from '../../server/flow/graph.ts';
import { Menu } from './Menu.tsx';

interface NodeMenuProps {
  readonly graph: GraphDocument;
  /** Of a node or line; `null`: the map itself. */
  readonly id: string | null;
  readonly at: { readonly x: number; readonly y: number };
  readonly open: ReadonlySet<string>;
  readonly pinned: boolean;
  readonly anyPins: boolean;
  readonly onClose: () => void;
  readonly act: NodeActions;
}

export interface NodeActions {
  readonly choose: (id: string) => void;
  readonly toggle: (host: string) => void;
  readonly copy: (text: string) => void;
  readonly centre: (id: string) => void;
  readonly isolate: (id: string) => void;
  readonly hide: (id: string) => void;
  readonly unpin: (id: string) => void;
  readonly reset: () => void;
  readonly fit: () => void;
}

/** What can be done with one thing on the map, or with the map. */
export function NodeMenu({ graph, id, at, open, pinned, anyPins, onClose, act }: NodeMenuProps) {
  const node = graph.nodes.find((each) => each.id === id);
  const address = node === undefined ? undefined : firstAddress(node);
  const item = (label: string, todo: () => void) => (
    <button
      type="button"
      onClick={() => {
        onClose();
        todo();
      }}
    >
      {label}
    </button>
  );
  return (
    <Menu label={node === undefined ? 'The map' : `Menu of ${node.label}`} at={at} onClose={onClose}>
      {node === undefined || id === null ? (
        <>
          {item('Show the whole map', act.fit)}
          {anyPins ? item('Reset the layout', act.reset) : null}
        </>
      ) : (
        <>
          {item('Show details', () => {
            act.choose(id);
          })}
          {node.kind === 'host'
            ? item(open.has(id) ? 'Collapse' : 'Open', () => {
                act.toggle(id);
              })
            : null}
          {item('Centre', () => {
            act.centre(id);
          })}
          {item('Isolate with its neighbours', () => {
            act.isolate(id);
          })}
          {item('Hide', () => {
            act.hide(id);
          })}
          {pinned
            ? item('Unpin', () => {
                act.unpin(id);
              })
            : null}
          {item('Copy name', () => {
            act.copy(node.label);
          })}
          {address === undefined
            ? null
            : item('Copy address', () => {
                act.copy(address);
              })}
        </>
      )}
    </Menu>
  );
}

function firstAddress({ facts }: GraphNode): string | undefined {
  return [facts['addresses'] ?? facts['subnets'] ?? []].flat().map((each) =>
    String(each)
      .split(' ')[0]
      ?.replace(/\/\d+$/, ''),
  )[0];
}
