import { expect } from 'chai';
import { isLoopback } from '../lib/loopback.ts';
import { whyRefused } from './origin.ts';

const strict = { checkHost: true, checkOrigin: true };

describe('the check of Host and Origin', () => {
  for (const host of ['localhost', 'localhost:8000', '127.0.0.1:8000', '127.1.2.3', '[::1]:8000', 'LOCALHOST', 'teal.localhost:80']) {
    it(`serves ${host}`, () => expect(whyRefused(strict, { host })).to.equal(undefined));
  }
  for (const host of [
    'evil.example',
    'evil.example:8000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    '',
    undefined,
    'localhost:8000:1',
  ]) {
    it(`refuses ${host ?? 'a request without Host'}`, () => expect(whyRefused(strict, { host })).to.be.a('string'));
  }
  it('serves pages of its own origin and refuses all others', () => {
    const host = 'localhost:8000';
    expect(whyRefused(strict, { host, origin: 'http://localhost:8000' })).to.equal(undefined);
    for (const origin of ['http://localhost:9000', 'https://evil.example', 'null', 'http://127.0.0.1:8000'])
      expect(whyRefused(strict, { host, origin })).to.be.a('string');
  });
  it('leaves the Host alone where only the Origin is checked', () => {
    expect(whyRefused({ checkHost: false, checkOrigin: true }, { host: 'teal.example' })).to.equal(undefined);
    expect(whyRefused({ checkHost: false, checkOrigin: true }, { host: 'teal.example', origin: 'https://evil.example' })).to.be.a('string');
  });
  it('knows which addresses are loopback', () => {
    expect(['127.0.0.1', '::1', 'localhost'].every(isLoopback)).to.equal(true);
    expect(['0.0.0.0', '::', '10.0.0.1', 'example.com'].some(isLoopback)).to.equal(false);
  });
});
