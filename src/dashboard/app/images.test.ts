/** A descriptor with other images. */

import { expect } from 'chai';
import { withImages } from './images.ts';

const descriptor = {
  appName: 'shop',
  newVersion: '#',
  podspec: {
    containers: [
      { name: 'web', image: 'web:1' },
      { name: 'side', image: 'side:1' },
    ],
  },
};

describe('a descriptor with other images', () => {
  it('names only what differs', () => {
    const { descriptor: changed, images } = withImages(descriptor, { web: ' web:2 ', side: 'side:1', gone: 'x' });
    expect(images).to.deep.equal({ web: 'web:2' });
    expect(changed.podspec.containers.map(({ image }) => image)).to.deep.equal(['web:2', 'side:1']);
  });

  it('keeps an image whose field was emptied, and the descriptor that was given', () => {
    expect(withImages(descriptor, { web: '' }).images).to.deep.equal({});
    expect(descriptor.podspec.containers[0]?.image).to.equal('web:1');
  });
});
