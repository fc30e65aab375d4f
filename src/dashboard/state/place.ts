/** The route that is shown now, kept in step with the address. */

import { signal } from '@preact/signals';
import { hashOf, parseRoute, type Route } from './route.ts';

export const place = signal<Route>(parseRoute(location.hash));

addEventListener('hashchange', () => (place.value = parseRoute(location.hash)));

export function go(route: Route): void {
  location.hash = hashOf(route);
}

/** Changes the address without a new entry in the history. */
export function replacePlace(route: Route): void {
  history.replaceState(null, '', hashOf(route));
  place.value = route;
}
