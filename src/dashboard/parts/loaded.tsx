/** What is read once, or again when a key changes; and views whose code is fetched when they are first shown. */

import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { messageOf } from '../server/call.ts';

export interface Loaded<T> {
  value?: T;
  trouble?: string;
}

/** The newest value stays while the next one is read, so that nothing flickers. `key` undefined = nothing is read. */
export function useLoaded<T>(key: string | undefined, read: (signal: AbortSignal) => Promise<T>, sameThing = key): Loaded<T> {
  const [state, setState] = useState<Loaded<T> & { of?: string | undefined }>({});
  useEffect(() => {
    if (key === undefined) return;
    const stopping = new AbortController();
    read(stopping.signal).then(
      value => !stopping.signal.aborted && setState({ value, of: sameThing }),
      (error: unknown) => !stopping.signal.aborted && setState({ trouble: messageOf(error), of: sameThing }),
    );
    return () => stopping.abort();
  }, [key]);
  return state.of === sameThing ? state : {};
}

/** A component in a file of its own that the first view does not need. */
export function later<Props extends object>(fetchView: () => Promise<ComponentType<Props>>) {
  let known: ComponentType<Props> | undefined;
  return function Later(props: Props): JSX.Element {
    const [View, setView] = useState<ComponentType<Props> | undefined>(() => known);
    const [trouble, setTrouble] = useState<string | undefined>(undefined);
    useEffect(() => {
      if (View) return;
      fetchView().then(
        view => {
          known = view;
          setView(() => view);
        },
        () => setTrouble('This view could not be loaded. The server may have been updated: reload the page.'),
      );
    }, []);
    if (trouble !== undefined) return <p role="alert">{trouble}</p>;
    return View ? <View {...props} /> : <p class="loading">Loading …</p>;
  };
}
