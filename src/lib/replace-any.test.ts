import { expect } from 'chai';
import fc from 'fast-check';
import { replaceAny } from './replace-any.ts';

/** At each character every text is tried, the longest first. */
function plainly(texts: string[], replacement: string, text: string): string {
  const longestFirst = [...texts].sort((a, b) => b.length - a.length);
  let told = '';
  for (let at = 0; at < text.length;) {
    const found = longestFirst.find(candidate => candidate !== '' && text.startsWith(candidate, at));
    told += found === undefined ? text.charAt(at) : replacement;
    at += found?.length ?? 1;
  }
  return told;
}

describe('replacing any of many texts', () => {
  it('does what trying each of them does, for texts that begin alike and contain each other', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '\u{1F511}'), maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 8 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '\u{1F511}'), maxLength: 40 }),
        (texts, text) => {
          expect(replaceAny(texts, '*')(text)).to.equal(plainly(texts, '*', text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('takes the longest, and goes on behind it', () => {
    expect(replaceAny(['ab', 'abc', 'cd'], '*')('xabcdab')).to.equal('x*d*');
  });

  it('looks at a character some few times, however many texts there are', () => {
    const texts = Array.from({ length: 50_000 }, (_, index) => `secret-${String(index)}-value`);
    const hide = replaceAny(texts, '*');
    let looks = 0;
    const text = texts.slice(0, 2000).join(' ');
    const counted = new Proxy(new String(text), {
      get(target, name) {
        if (name === 'charCodeAt') return (at: number) => (looks++, target.charCodeAt(at));
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
      },
    }) as unknown as string;
    expect(hide(counted)).to.equal(Array.from({ length: 2000 }, () => '*').join(' '));
    // log2(50,000) comparisons of at most the 19 characters that a text has.
    expect(looks / text.length).to.be.lessThan(16 * 19);
  });
});
