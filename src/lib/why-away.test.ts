import { expect } from 'chai';
import { StoreError } from '../store/store.ts';
import { whyAway } from './why-away.ts';

const failure = (code: string) => Object.assign(new Error(`getaddrinfo ${code} etcd.internal:2379`), { code });

describe('why something is away', () => {
  for (const [title, error, why] of [
    ['a name', new Error('fetch failed', { cause: failure('ENOTFOUND') }), 'its host name cannot be resolved'],
    ['a resolver', new Error('fetch failed', { cause: failure('EAI_AGAIN') }), 'its host name cannot be resolved'],
    ['handles', failure('EMFILE'), 'this process has no file handles left'],
    [
      'handles, as LevelDB says it',
      new StoreError('UNAVAILABLE', 'IO error: /data/1.log: Too many open files'),
      'this process has no file handles left',
    ],
    ['a full disk', new StoreError('NO_SPACE', 'the disk is full', { cause: new Error('IO error') }), 'has no room left'],
    ['a refusal', new StoreError('DENIED', 'etcd refused the user teal'), 'refuses our credentials'],
    ['silence', new StoreError('UNAVAILABLE', 'no answer from 10.0.0.1', { cause: failure('ETIMEDOUT') }), 'does not answer'],
    ['no error at all', 'nothing', 'does not answer'],
  ] as const) {
    it(`${title}: ${why}`, () => expect(whyAway(error)).to.equal(why));
  }
});
