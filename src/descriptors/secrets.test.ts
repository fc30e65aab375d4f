import { expect } from 'chai';
import { demoDescriptor } from '../testing/builders.ts';
import { secretValues, withoutSecrets } from './secrets.ts';

const container = {
  name: 'web',
  image: 'nginx',
  command: ['/run', '--db-password', 'from-command'],
  args: ['--password=from-args', 'API_TOKEN=from-assignment', '--port=8080', '--token', '--verbose'],
  env: [
    { name: 'DB_PASSWORD', value: 'from-env' },
    { name: 'MODE', value: 'production' },
    { name: 'DB_URL', value: 'postgres://app:from%20url@db/shop' },
    { name: 'REF', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
  ],
  livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'Authorization', value: 'Bearer from-header' }] } },
};
const descriptor = demoDescriptor({
  podspec: { containers: [container], initContainers: [{ ...container, name: 'init' }] },
  environment: { API_KEY: 'from-map', COLOUR: 'turquoise' },
  annotations: { 'example.test/client-secret': 'from-annotation', note: 'uses from-env and token=unknown-token' },
  labels: { team: 'shop' },
  additionHttpHeaders: [
    { Header: 'X-Api-Key', Value: 'from-answer' },
    { Header: 'X-Frame-Options', Value: 'DENY' },
  ],
  webhooks: [{ key: 'hook-key', description: 'registry' }],
});

const secrets = [
  'from-command',
  'from-args',
  'from-assignment',
  'from-env',
  'from%20url',
  'from url',
  'from-header',
  'from-map',
  'from-annotation',
  'from-answer',
];

describe('secrets of a descriptor', () => {
  it('are the values under names that say so, wherever names are of the user', () => {
    expect(new Set(secretValues(descriptor))).to.deep.equal(new Set(secrets));
  });

  it('are masked for a viewer, with all values of variables, and the rest stays', () => {
    const shown = withoutSecrets(descriptor);
    const text = JSON.stringify(shown);
    for (const value of [...secrets, 'unknown-token', 'hook-key', 'production', 'turquoise']) expect(text, value).to.not.include(value);
    expect(shown).to.deep.include({
      id: descriptor.id,
      appName: 'shop',
      labels: { team: 'shop' },
      environment: { API_KEY: '***', COLOUR: '***' },
    });
    expect(shown.webhooks).to.deep.equal([{ key: '***', description: 'registry' }]);
    expect(shown.additionHttpHeaders?.[1]).to.deep.equal({ Header: 'X-Frame-Options', Value: 'DENY' });
    expect(shown.podspec.containers[0]).to.deep.include({
      command: ['/run', '--db-password', '***'],
      args: ['--password=***', 'API_TOKEN=***', '--port=8080', '--token', '--verbose'],
    });
    expect(shown.podspec.containers[0]?.env?.[3]).to.deep.equal(container.env[3]);
  });

  it('leave a descriptor without any as it is', () => {
    const plain = demoDescriptor();
    expect(withoutSecrets(plain)).to.deep.equal(plain);
  });

  it('are looked for in odd shapes without complaint', () => {
    const odd = demoDescriptor({ podspec: { containers: [{ name: 'a', image: 'a', args: 'x', env: [null] }], command: 1 } as never });
    expect(secretValues(odd)).to.deep.equal([]);
    expect(withoutSecrets(odd).podspec.containers[0]?.name).to.equal('a');
  });
});
