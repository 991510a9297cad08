import { useCallback, useEffect, useState } from 'react';
import type { Address } from './address.ts';
import { formatAddress, parseAddress } from './address.ts';

export interface AddressState {
  readonly address: Address;
  /** Goes on to another place: `Back` of the browser returns. */
  readonly go: (change: (before: Address) => Address) => void;
  /** The same place, a little otherwise: no step of `Back`. */
  readonly adjust: (change: (before: Address) => Address) => void;
}

/** The address of the page as state. */
export function useAddress(): AddressState {
  const [address, setAddress] = useState(() => parseAddress(window.location.search));
  useEffect(() => {
    const moved = (): void => {
      setAddress(parseAddress(window.location.search));
    };
    window.addEventListener('popstate', moved);
    return () => {
      window.removeEventListener('popstate', moved);
    };
  }, []);
  const go = useCallback((change: (before: Address) => Address) => {
    move(change, 'pushState', setAddress);
  }, []);
  const adjust = useCallback((change: (before: Address) => Address) => {
    move(change, 'replaceState', setAddress);
  }, []);
  return { address, go, adjust };
}

function move(
  change: (before: Address) => Address,
  how: 'pushState' | 'replaceState',
  set: (address: Address) => void,
): void {
  // The address itself is what several changes of one moment build on: state would be that of the last rendering.
  const next = change(parseAddress(window.location.search));
  const path = window.location.pathname + formatAddress(next);
  if (path !== window.location.pathname + window.location.search) window.history[how](null, '', path);
  set(next);
}
