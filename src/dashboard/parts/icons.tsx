/** The few small pictures of the page; all of them only repeat what a text says. */

import type { JSX } from 'preact';

const paths = {
  check: 'M3.5 8.5l3 3 6-7',
  cross: 'M4 4l8 8M12 4l-8 8',
  arrow: 'M3 8h10M9 4l4 4-4 4',
  back: 'M13 8H3M7 4L3 8l4 4',
  down: 'M8 3v10M4 9l4 4 4-4',
  link: 'M6.5 9.5l3-3M7 5l1.5-1.5a2.5 2.5 0 013.5 3.500L10.500 8.500M9 11l-1.500 1.500a2.500 2.500 0 01-3.500-3.500L5.500 7.500',
  warn: 'M8 3v6M8 12.300v.2',
  clock: 'M8 4.500V8l2.500 1.500M14 8A6 6 0 112 8a6 6 0 0112 0z',
  sun: 'M8 5.200a2.800 2.800 0 100 5.600 2.800 2.800 0 000-5.600zM8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1',
  moon: 'M13.500 9.500A6 6 0 016.500 2.500a5.800 5.800 0 107 7z',
  auto: 'M8 2a6 6 0 100 12A6 6 0 008 2zM8 2v12M11 3.500v9M13.500 6v4',
  search: 'M7 2.500a4.500 4.500 0 100 9 4.500 4.500 0 000-9zM10.500 10.500L14 14',
  plus: 'M8 3v10M3 8h10',
  dot: 'M8 8h.01',
} as const;

export type IconName = keyof typeof paths;

export const Icon = ({ name }: { name: IconName }): JSX.Element => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d={paths[name]} />
  </svg>
);
