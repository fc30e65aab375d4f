/** A modal dialog of the browser's own kind: it holds the focus, ends with Escape, and gives the focus back. */

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

let count = 0;

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
}

export function Dialog({ title, onClose, children, wide = false }: Props): JSX.Element {
  const box = useRef<HTMLDialogElement>(null);
  const id = useRef(`dialog-${++count}`).current;
  useEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    dialog?.showModal();
    // A link in it leads away.
    addEventListener('hashchange', onClose);
    return () => {
      removeEventListener('hashchange', onClose);
      dialog?.close();
      // It is out of the page by now, and only gives the focus back from within.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class={wide ? 'wide' : undefined}
      aria-labelledby={id}
      onCancel={event => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}
