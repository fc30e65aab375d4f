import { expect } from 'chai';
import fc from 'fast-check';
import { longestDepth, parseJson } from './json.ts';

const faultsOf = (text: string) => {
  const result = parseJson(text);
  return 'faults' in result ? result.faults : [];
};

describe('parseJson', () => {
  it('gives what JSON.parse gives for every JSON value that is not too deep', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' }), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(!text.includes('\\u0000') && !/"(__proto__|constructor|prototype)":/.test(text));
        expect(parseJson(text)).to.deep.equal({ value: JSON.parse(text) });
      }),
    );
  });

  for (const [what, text, faults] of [
    ['an empty body', ' \n', [['', 'is not JSON: the body is empty']]],
    ['half a body', '{"a":', [['', 'is not JSON: it ends too early']]],
    ['a wrong token, by its place and without quoting it', '{\n "a": secret}', [['', 'is not JSON: wrong syntax at line 2, column 7']]],
    ['a duplicate key', '{"a":{"b":1,"c":2,"b":3}}', [['/a/b', 'stands twice in its object; keep one']]],
    ['a duplicate key in another spelling', '{"a":1,"\\u0061":2}', [['/a', 'stands twice in its object; keep one']]],
    ['__proto__', '[{"__proto__":{"x":1}}]', [['/0/__proto__', 'is a name that is not allowed as a key']]],
    ['constructor', '{"constructor":1}', [['/constructor', 'is a name that is not allowed as a key']]],
    ['NUL', '{"a":["x","y\\u0000"]}', [['/a/1', 'contains the NUL character; remove it']]],
    ['half a surrogate pair', '{"a":"\\ud800"}', [['/a', 'contains half of a surrogate pair; send valid Unicode']]],
  ] as [string, string, [string, string][]][]) {
    it(`refuses ${what}`, () => expect(faultsOf(text)).to.deep.equal(faults.map(([pointer, message]) => ({ pointer, message }))));
  }

  it('takes the same key in different objects, and keys as values', () => {
    expect(faultsOf('[{"a":"a"},{"a":["a","a"]},"__proto__"]')).to.deep.equal([]);
  });

  it(`takes ${longestDepth} levels and refuses one more`, () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(faultsOf(nested(longestDepth))).to.deep.equal([]);
    expect(faultsOf(nested(longestDepth + 1))[0]?.message).to.equal(`is nested deeper than ${longestDepth} levels`);
    expect(faultsOf(nested(200_000))[0]?.message).to.equal(`is nested deeper than ${longestDepth} levels`);
  });

  it('takes a string of a million characters with as many escapes', () => {
    const text = JSON.stringify({ a: '\n"'.repeat(250_000) });
    expect(faultsOf(text)).to.deep.equal([]);
  });
});
