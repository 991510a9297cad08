import { useEffect, useRef } from 'react';
import { LAYERS } from '../map/layers.ts';
import { MODES } from '../modes/modes.ts';

const KEYS: readonly (readonly [string, string])[] = [
  ['← ↑ → ↓', 'go from node to node as they lie on the map'],
  ['Enter', 'open or collapse a host, centre anything else'],
  ['+ −', 'zoom in and out'],
  ['f', 'the whole map'],
  ['/', 'find'],
  ['Menu key', 'menu of what is chosen (or the right button)'],
  ['Esc', 'close'],
  ['?', 'this page'],
];

const WORDS: readonly (readonly [string, string])[] = [
  ['web 10.1.', 'names, addresses, MACs and devices that hold both'],
  ['kind:guest,gateway', 'of one kind or another'],
  ['host:gw-x', 'on a host'],
  ['network:shop vlan:20 vlan:10-19', 'on a network, or with such a VLAN id'],
  ['state:down state:drift', 'as the hosts are now'],
  ['mark:added', 'marked so on the map'],
  ['name:web* mac:02:4b mtu:9000', 'a part of a name, a MAC, an MTU; * is any text'],
  ['-disk -kind:port', 'not so'],
];

/** Keys, and the words of the find field. */
export function Help({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="help" aria-label="Keys and words" onClose={onClose}>
      <form method="dialog">
        <button type="submit" className="close" aria-label="Close">
          ×
        </button>
      </form>
      <h1>Keys</h1>
      <dl>
        <Row
          keys={LAYERS.map((_, index) => String(index)).join(' ')}
          says={`layers: ${LAYERS.map(({ label }) => label).join(', ')}`}
        />
        {MODES.map(({ id, key, hint }) => (
          <Row key={id} keys={key} says={hint.toLowerCase()} />
        ))}
        {KEYS.map(([keys, says]) => (
          <Row key={keys} keys={keys} says={says} />
        ))}
      </dl>
      <h1>Find</h1>
      <dl>
        {WORDS.map(([keys, says]) => (
          <Row key={keys} keys={keys} says={says} />
        ))}
      </dl>
      <p className="quiet">Drag a host by its name, a guest or a gateway to pin it; double click a host to open it.</p>
    </dialog>
  );
}

function Row({ keys, says }: { readonly keys: string; readonly says: string }) {
  return (
    <div>
      <dt>
        <kbd>{keys}</kbd>
      </dt>
      <dd>{says}</dd>
    </div>
  );
}
