/** A descriptor as YAML. */

import { expect } from 'chai';
import { readYaml, yamlOf } from './yaml-text.ts';

const text = `appName: shop
replicas: 2
podspec:
  containers:
    - name: web
      image: web:1
      ports:
        - containerPort: 8080
`;

describe('a descriptor as YAML', () => {
  it('is read, and says on which line each place is', () => {
    const read = readYaml(text);
    if (!read.ok) throw new Error(read.message);
    expect(read.value['replicas']).to.equal(2);
    const lines = ['/appName', '/podspec/containers/0/image', '/podspec/containers/0/ports/0/containerPort'].map(read.lineOf);
    expect(lines).to.deep.equal([1, 6, 8]);
  });

  it('says for a place that is missing where it would be', () => {
    const read = readYaml(text);
    if (!read.ok) throw new Error(read.message);
    expect(read.lineOf('/podspec/containers/0/command')).to.equal(5);
    expect(read.lineOf('/newVersion')).to.equal(1);
  });

  it('that cannot be read says where', () => {
    expect(readYaml('appName: shop\nnewVersion: "#')).to.include({ ok: false, line: 2 });
    expect(readYaml('- a list')).to.include({ ok: false });
    expect(readYaml('')).to.include({ ok: false });
  });

  it('has not what the server sets', () => {
    const shop = { id: 'x', created: 'c', lastModified: 'm', appName: 'shop', newVersion: '#' };
    expect(yamlOf(shop)).to.equal('appName: shop\nnewVersion: "#"\n');
  });
});
