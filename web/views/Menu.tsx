import type { KeyboardEvent, ReactNode } from 'react';
import { useEffect, useRef } from 'react';

interface MenuProps {
  readonly label: string;
  /** In the window, for a menu of the map; otherwise below its button. */
  readonly at?: { readonly x: number; readonly y: number };
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A list of things to do. Arrows go through it, Escape and a click elsewhere close it. */
export function Menu({ label, at, onClose, children }: MenuProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const menu = list.current;
    if (!menu) return undefined;
    if (at) {
      // It stays in the window. Positions are set from here: the policy allows no style attribute, but lets scripts set styles.
      menu.style.left = `${String(Math.min(at.x, window.innerWidth - menu.offsetWidth - 8))}px`;
      menu.style.top = `${String(Math.min(at.y, window.innerHeight - menu.offsetHeight - 8))}px`;
    }
    const before = document.activeElement;
    itemsOf(menu)[0]?.focus();
    const elsewhere = (event: Event): void => {
      if (event.target instanceof Node && !menu.contains(event.target)) onClose();
    };
    // The click that opened it is still under way.
    const later = setTimeout(() => {
      window.addEventListener('pointerdown', elsewhere);
    });
    return () => {
      clearTimeout(later);
      window.removeEventListener('pointerdown', elsewhere);
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [at, onClose]);

  const go = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onClose();
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') step(event.key === 'ArrowDown' ? 1 : -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const step = (by: number): void => {
    const items = list.current === null ? [] : itemsOf(list.current);
    const at = items.findIndex((item) => item === document.activeElement);
    items[(at + by + items.length) % items.length]?.focus();
  };
  return (
    <div ref={list} className={at ? 'menu floating' : 'menu'} role="group" aria-label={label} onKeyDown={go}>
      {children}
    </div>
  );
}

function itemsOf(menu: HTMLElement): readonly HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>('button:not([disabled]), input')];
}
