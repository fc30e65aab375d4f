/** Ports and variables as text. */

import { expect } from 'chai';
import { mapOf, portsOf, portsText } from './rows-text.ts';

describe('ports as text', () => {
  it('are written and read', () => {
    const ports = [{ name: 'http', containerPort: 8080 }, { containerPort: 9999 }, { name: 'dns', containerPort: 53, protocol: 'UDP' }];
    expect(portsText(ports)).to.equal('http:8080, 9999, dns:53/UDP');
    expect(portsOf(portsText(ports))).to.deep.equal(ports);
    expect(portsOf(' , ')).to.equal(undefined);
  });

  it('keep what the text cannot say', () => {
    expect(portsOf('web:80', [{ containerPort: 80, hostPort: 8080, name: 'http' }])).to.deep.equal([
      { name: 'web', containerPort: 80, hostPort: 8080 },
    ]);
  });

  it('leave it to the server to say what is no port', () => {
    expect(portsOf('http:eighty')).to.deep.equal([{ name: 'http', containerPort: 'eighty' }]);
  });
});

describe('variables', () => {
  it('are a map of the rows that have a name', () => {
    expect(
      mapOf([
        ['A', '1'],
        ['', 'x'],
        ['B', ''],
      ]),
    ).to.deep.equal({ A: '1', B: '' });
    expect(mapOf([['', '']])).to.equal(undefined);
  });
});
