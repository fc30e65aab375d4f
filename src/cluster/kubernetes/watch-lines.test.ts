import { expect } from 'chai';
import fc from 'fast-check';
import { createWatchDecoder } from './watch-lines.ts';

describe('lines of a watch', () => {
  it('come out whole and in order wherever the network cuts them, characters included', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 10 }), fc.array(fc.nat(400), { maxLength: 30 }), (texts, cuts) => {
        const body = Buffer.from(texts.map(text => `${JSON.stringify({ type: 'ADDED', object: { text } })}\n`).join(''));
        const got: unknown[] = [];
        const decode = createWatchDecoder(event => got.push(event.object['text']));
        const places = [0, ...cuts.map(cut => Math.min(cut, body.length)).sort((a, b) => a - b), body.length];
        for (let i = 1; i < places.length; i++) decode(body.subarray(places[i - 1], places[i]));
        expect(got).to.deep.equal(texts);
      }),
    );
  });

  it('hand over what came before a bad one', () => {
    const got: string[] = [];
    const decode = createWatchDecoder(event => got.push(event.type));
    expect(() => decode(Buffer.from('{"type":"BOOKMARK","object":{}}\noops\n'))).to.throw();
    expect(got).to.deep.equal(['BOOKMARK']);
  });

  it('may not be endless', () => {
    const decode = createWatchDecoder(() => {});
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    expect(() => {
      for (let i = 0; i < 40; i++) decode(megabyte);
    }).to.throw('too long');
  });
});
