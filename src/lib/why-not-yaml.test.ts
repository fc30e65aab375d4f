import { expect } from 'chai';
import { parse } from 'yaml';
import { whyNotYaml } from './why-not-yaml.ts';

describe('what is wrong with a YAML text', () => {
  const faults: [text: string, said: RegExp][] = [
    ['a: 1\nb: [1, 2\nc: 3\n', /^app\.yaml, line [23]: not YAML: [^:]+[^:]$/],
    ['appName: demo\n  x: 1\n', /^app\.yaml, line 1: not YAML: Nested mappings are not allowed in compact mappings$/],
    ['{"a": 1,,}', /^app\.yaml, line 1: not YAML: Unexpected , in flow map$/],
    ['a: *x', /^app\.yaml: not YAML: Unresolved alias .*: x$/],
  ];
  for (const [text, said] of faults)
    it(`names the place of ${JSON.stringify(text)} on one line`, () => {
      let error: unknown;
      try {
        parse(text);
      } catch (thrown) {
        error = thrown;
      }
      expect(whyNotYaml('app.yaml', error)).to.match(said);
    });
});
