import { expect } from 'chai';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configPath, readConfig, writeConfig } from './config-file.ts';
import { connectionFor } from './connection.ts';
import { Failure } from './exits.ts';
import { readOptions } from './options.ts';

describe('which server, namespace and token count', () => {
  let home = '';
  const env = (more: Record<string, string> = {}) => ({ TEAL_CONFIG_HOME: home, ...more });
  const connect = (given: Record<string, string>, more: Record<string, string> = {}) => connectionFor(readOptions(given), env(more));

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'teal-config-'));
    await writeFile(join(home, 'token'), 'from-file\n');
  });
  beforeEach(() =>
    writeConfig(join(home, 'config.yaml'), {
      'current-context': 'prod',
      contexts: {
        prod: { server: 'https://teal.example.com', namespace: 'shop', 'token-file': join(home, 'token') },
        test: { server: 'http://test:8000', 'token-env': 'TEST_TOKEN' },
        run: { 'token-exec': 'echo from-command' },
        lost: { 'token-file': '/nowhere/token' },
        odd: { 'certificate-authority': '/nowhere/ca' },
      },
    }),
  );
  after(() => rm(home, { recursive: true, force: true }));

  it('those of the current context, else the usual ones', async () => {
    expect(await connect({})).to.deep.equal({
      server: { url: 'https://teal.example.com', token: 'from-file' },
      namespace: 'shop',
      context: 'prod',
    });
    await rm(join(home, 'config.yaml'));
    expect(await connect({})).to.deep.equal({ server: { url: 'http://127.0.0.1:8000' }, namespace: 'default' });
  });

  it('variables before the context, flags before variables', async () => {
    const variables = { TEAL_NAMESPACE: 'other', TEAL_TOKEN: 'Bearer mine' };
    expect(await connect({}, variables)).to.deep.include({
      server: { url: 'https://teal.example.com', token: 'mine' },
      namespace: 'other',
    });
    expect(await connect({ namespace: 'third' }, variables)).to.include({ namespace: 'third' });
    expect(
      await connect({ context: 'test' }, { TEST_TOKEN: 'of-test', TEAL_NAMESPACE: 'other', TEAL_SERVER: 'http://elsewhere' }),
    ).to.deep.include({
      server: { url: 'http://test:8000', token: 'of-test' },
      namespace: 'default',
    });
  });

  it('the token of a context goes to no other server', async () => {
    expect((await connect({ server: 'http://evil:1' })).server).to.deep.equal({ url: 'http://evil:1' });
    expect((await connect({}, { TEAL_SERVER: 'evil:1' })).server).to.deep.equal({ url: 'http://evil:1' });
    expect((await connect({ server: 'https://teal.example.com' })).server.token).to.equal('from-file');
  });

  it('a token may come from a command', async () => {
    expect((await connect({ context: 'run' })).server.token).to.equal('from-command');
  });

  const wrong: [title: string, given: Record<string, string>, said: RegExp, exit: number][] = [
    ['a context that is not there', { context: 'prd' }, /no context prd .*did you mean prod\?/, 3],
    ['a token variable that is not set', { context: 'test' }, /TEST_TOKEN, which is not set/, 4],
    [
      'a token file that is not there',
      { tokenFile: '/nowhere/token' },
      /^--token-file \/nowhere\/token cannot be read: there is no such file$/,
      2,
    ],
    ['a token file that is a folder', { tokenFile: '/' }, /^--token-file \/ cannot be read: it is a folder$/, 2],
    [
      'the token file of a context that is not there',
      { context: 'lost' },
      /^token-file \/nowhere\/token of context lost cannot be read: there is no such file$/,
      4,
    ],
    [
      'an authority that is not there',
      { certificateAuthority: '/nowhere/ca' },
      /^--certificate-authority \/nowhere\/ca cannot be read: there is no such file$/,
      2,
    ],
    [
      'the authority of a context that is not there',
      { context: 'odd' },
      /^certificate-authority \/nowhere\/ca of context odd cannot be read: there is no such file$/,
      1,
    ],
    ['a server that is no URL', { server: 'ftp://x' }, /must be an http or https URL/, 2],
  ];
  for (const [title, given, said, exit] of wrong)
    it(`refuses ${title}`, async () => {
      const failure = await connect(given).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).to.be.instanceOf(Failure).with.property('message').that.matches(said);
      expect(failure).to.have.property('exit', exit);
    });

  it('says what is wrong in the file', async () => {
    for (const [text, said] of [
      ['contexts: [', /config\.yaml, line 1: not YAML: [^\n]*[^:\n]$/],
      ['contexts: []', /must be a mapping/],
      ['contexts: {a: {srever: x}}', /unknown key srever/],
      ['contexts: {a: {server: 1}}', /must be a text/],
    ] as const) {
      await writeFile(join(home, 'config.yaml'), text);
      const failure = await readConfig(join(home, 'config.yaml')).then(() => undefined, String);
      expect(failure).to.match(said);
    }
  });

  it('stands where the platform wants it, and only its owner reads it', async () => {
    expect(configPath({ HOME: '/home/me' })).to.equal('/home/me/.config/teal/config.yaml');
    expect(configPath({ HOME: '/home/me', XDG_CONFIG_HOME: '/x' })).to.equal('/x/teal/config.yaml');
    await mkdir(join(home, 'deep'), { recursive: true });
    await writeConfig(join(home, 'deep', 'config.yaml'), { contexts: {} });
    expect((await stat(join(home, 'deep', 'config.yaml'))).mode & 0o777).to.equal(0o600);
  });
});
