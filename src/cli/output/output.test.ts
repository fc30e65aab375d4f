import { expect } from 'chai';
import type { Paint } from '../terminal.ts';
import { ageOf, shortSpan } from './age.ts';
import { readFormat } from './format.ts';
import { jsonPath } from './jsonpath.ts';
import { fit } from './screen.ts';
import { fieldsOf, tableOf, widthOf } from './table.ts';

const plain: Paint = (_tint, text) => text;
const marked: Paint = (tint, text) => `<${tint}>${text}</>`;

describe('a table', () => {
  it('has capitals above, aligned columns, a dash for what is empty, and no blanks at the end', () => {
    const text = tableOf(
      ['id', 'name'],
      [
        ['1', 'shop'],
        ['22', ''],
        ['', 'x'],
      ],
      plain,
    );
    expect(text).to.equal('ID   NAME\n1    shop\n22   -\n-    x\n');
  });

  it('pads by what is seen, not by colour codes or bytes', () => {
    expect(
      tableOf(
        ['a', 'b'],
        [
          [{ text: 'é', tint: 'red' }, '1'],
          ['日本', '2'],
        ],
        marked,
      ),
    ).to.equal('A      B\n<red>é</>      1\n日本   2\n');
    expect(widthOf('e\u0301')).to.equal(1);
  });

  it('shows fields of one thing without those that are absent, and continues below its value', () => {
    expect(
      fieldsOf([
        ['A', 'x\ny'],
        ['Long', undefined],
        ['Bc', 'z'],
      ]),
    ).to.equal('A:   x\n     y\nBc:  z\n');
  });
});

describe('a span of time', () => {
  const spans: [ms: number, text: string][] = [
    [0, '0s'],
    [999, '1s'],
    [72_000, '1m12s'],
    [600_000, '10m'],
    [3_600_000 * 3, '3h'],
    [86_400_000 * 2 + 3_600_000 * 5, '2d5h'],
    [-5000, '0s'],
  ];
  for (const [ms, text] of spans) it(`of ${ms} ms is ${text}`, () => expect(shortSpan(ms)).to.equal(text));

  it('is nothing where there is no time', () => {
    expect(ageOf(undefined)).to.equal('');
    expect(ageOf('2026-01-01T00:00:00.000Z', Date.parse('2026-01-01T00:01:00.000Z'))).to.equal('1m');
  });
});

describe('-o jsonpath', () => {
  const data = [
    { id: 'a', version: '1', n: 1, images: [{ container: 'web', image: 'x:1' }], labels: { 'a.b/c': 'd' } },
    {
      id: 'b',
      version: '2',
      n: 2,
      images: [
        { container: 'web', image: 'x:2' },
        { container: 'log', image: 'y' },
      ],
    },
  ];
  const paths: [template: string, text: string][] = [
    ['{[0].id}', 'a'],
    ['[0].id', 'a'],
    ['{[-1].id}', 'b'],
    ['{[*].id}', 'a b'],
    ['{$[*].images[0].image}', 'x:1 x:2'],
    ['{[0].images}', '[{"container":"web","image":"x:1"}]'],
    ['{range [*]}{.id}={.version}{"\\n"}{end}', 'a=1\nb=2\n'],
    ['{[?(@.version=="2")].id}', 'b'],
    ['{[?(@.n!=2)].id}', 'a'],
    ['{[?(@.labels)].id}', 'a'],
    ['{..image}', 'x:1 x:2 y'],
    ["{[0].labels['a.b/c']}", 'd'],
    ['{[0].labels.a\\.b/c}', 'd'],
    ['{[9].id}{.nothing}', ''],
    ['text {[0].n}', 'text 1'],
  ];
  for (const [template, text] of paths)
    it(`${template} picks ${JSON.stringify(text)}`, () => expect(jsonPath(template, data)).to.equal(text));

  for (const template of ['{.a', '{range .a}{.b}', '{end}', '{.a!}'])
    it(`refuses ${template}`, () => expect(() => jsonPath(template, data)).to.throw(/jsonpath/));

  it('is one of the formats; others are refused with the nearest', () => {
    expect(readFormat('jsonpath={.id}')).to.deep.equal({ kind: 'jsonpath', template: '{.id}' });
    expect(() => readFormat('jsno')).to.throw(/did you mean json\?/);
  });
});

describe('the live view', () => {
  it('fits into the terminal: long lines are cut where they are seen to end, colours closed, and what is too much is told', () => {
    expect(fit(['\u001b[31mabcdef\u001b[39m', 'ab'], 4, 5)).to.deep.equal(['\u001b[31mabc\u001b[39m…', 'ab']);
    expect(fit(['1', '2', '3', '4'], 80, 3)).to.deep.equal(['1', '2', '... 2 more lines; the terminal is too low']);
    expect(fit(['日本語'], 4, 2)).to.deep.equal(['日…']);
  });
});
