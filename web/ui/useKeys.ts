import { useEffect, useRef } from 'react';

/** Keys of the whole page. Letters belong to a field while somebody types in it. */
export function useKeys(keys: Readonly<Record<string, (event: KeyboardEvent) => void>>): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      // What is asked on top of the page has its keys to itself.
      if (document.querySelector('dialog[open]') !== null) return;
      const typing = isField(event.target);
      if (typing && event.key.length === 1) return;
      if (Object.hasOwn(current.current, event.key)) current.current[event.key]?.(event);
    };
    window.addEventListener('keydown', pressed);
    return () => {
      window.removeEventListener('keydown', pressed);
    };
  }, []);
}

function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'SELECT', 'TEXTAREA'].includes(target.tagName);
}
