import { expect } from 'chai';
import { createQuarantine, readRecord, RecordError } from './stored-record.ts';
import { silentLogger } from './log.ts';

interface Thing {
  schema: 1;
  name: string;
  parts: string[];
}
const fits = ({ name, parts }: Thing) => name === 'a' && parts.length > 0;
const whyOf = (value: string): string => {
  try {
    readRecord<Thing>({ key: '/k', value }, fits);
    return 'nothing';
  } catch (error) {
    return error instanceof RecordError ? error.why : String(error);
  }
};

describe('a stored record', () => {
  for (const [value, why] of [
    ['{"schema":1,"name":"a","parts":["x"],"newer":true}', 'nothing'],
    ['{"schema":1,"na', 'holds no JSON'],
    ['', 'holds no JSON'],
    ['null', 'holds no object'],
    ['"x"', 'holds no object'],
    ['[]', 'is of schema undefined, this Teal knows 1'],
    ['{"schema":2,"name":"a","parts":["x"]}', 'is of schema 2, this Teal knows 1'],
    ['{"schema":"1","name":"a","parts":["x"]}', 'is of schema "1", this Teal knows 1'],
    ['{"schema":1,"name":"b","parts":["x"]}', 'is not what its key says'],
    ['{"schema":1,"name":"a"}', 'is not what its key says'],
  ] as const) {
    it(`${value || 'empty'}: ${why}`, () => expect(whyOf(value)).to.equal(why));
  }

  it('raises the alarm once for each key, and is left out of lists', () => {
    const alarms: unknown[] = [];
    const quarantine = createQuarantine({ ...silentLogger, error: (_message, fields) => void alarms.push(fields) });
    const entries = [
      { key: '/1', value: '{"schema":1,"name":"a","parts":["x"]}' },
      { key: '/2', value: '?' },
    ];
    for (let round = 0; round < 3; round++)
      expect(quarantine.readable(entries, entry => readRecord<Thing>(entry, fits).name)).to.deep.equal(['a']);
    expect(alarms).to.deep.equal([{ key: '/2', why: 'holds no JSON' }]);
    expect(quarantine.size).to.equal(1);
  });

  it('leaves other errors to whoever can do something about them', () => {
    const failing = () => {
      throw new TypeError('ours');
    };
    expect(() => createQuarantine(silentLogger).readable([1], failing)).to.throw(TypeError);
  });
});
