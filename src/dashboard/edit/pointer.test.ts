/** One place of a JSON value. */

import { expect } from 'chai';
import fc from 'fast-check';
import { pointerOf, stepsOf, valueAt, withValue } from './pointer.ts';

describe('one place of a JSON value', () => {
  const root = { a: 1, podspec: { containers: [{ name: 'web', image: 'web:1' }, { name: 'side' }] } };

  it('is read', () => {
    expect(valueAt(root, '/podspec/containers/0/image')).to.equal('web:1');
    expect(valueAt(root, '/podspec/nothing/0')).to.equal(undefined);
    expect(valueAt(root, '')).to.equal(root);
    expect(valueAt({}, '/constructor')).to.equal(undefined);
  });

  it('is changed in a copy that keeps the order and shares the rest', () => {
    const changed = withValue(root, '/podspec/containers/0/image', 'web:2');
    expect(changed.podspec.containers[0]).to.deep.equal({ name: 'web', image: 'web:2' });
    expect(changed.podspec.containers[1]).to.equal(root.podspec.containers[1]);
    expect(root.podspec.containers[0]?.image).to.equal('web:1');
    expect(Object.keys(withValue(root, '/a', 2))).to.deep.equal(['a', 'podspec']);
  });

  it('is made or taken away', () => {
    expect(withValue({}, '/environment/KEY', 'x')).to.deep.equal({ environment: { KEY: 'x' } });
    expect(withValue({ a: 1, b: 2 }, '/a', undefined)).to.deep.equal({ b: 2 });
    expect(withValue({ list: [1, 2, 3] }, '/list/1', undefined)).to.deep.equal({ list: [1, 3] });
  });

  it('is named so that every name comes back', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), steps => {
        expect(stepsOf(pointerOf(steps))).to.deep.equal(steps);
      }),
    );
  });
});
