/** A descriptor with other images. Pure. */

import type { Descriptor } from '../server/shapes.ts';

/** `images` are only those that differ, as the API takes them. */
export function withImages(
  descriptor: Descriptor,
  wanted: Record<string, string>,
): { descriptor: Descriptor; images: Record<string, string> } {
  const images: Record<string, string> = {};
  const containers = descriptor.podspec.containers.map(container => {
    const image = wanted[container.name]?.trim() ?? '';
    if (image === '' || image === container.image) return container;
    images[container.name] = image;
    return { ...container, image };
  });
  return { descriptor: { ...descriptor, podspec: { ...descriptor.podspec, containers } }, images };
}
