import { expect } from 'chai';
import fc from 'fast-check';
import { createKnownSecrets, hiding, mask } from './known-values.ts';
import { hideInFields, hideNamed } from './redact.ts';
import { looksSecret } from './secret-names.ts';

const secretNames =
  'password DB_PASSWORD dbPassword db-password PASSWD user_passwd PGPASSWORD_X API_TOKEN apiToken token Token x-auth-token apikey api_key apiKey X-API-Key PRIVATE_KEY privateKey accessKey AWS_SECRET_ACCESS_KEY secret CLIENT_SECRET authorization Proxy-Authorization credential GOOGLE_CREDENTIALS cookie Set-Cookie'.split(
    ' ',
  );
const harmless =
  'name monkey keyboard key KEY_NAME tokenizer secretary passenger PASSWORD_FILE secretName secretKeyRef TOKEN_URL cookieName public_key authorizationUrl HEALTHY token_ttl tls-secret-name'.split(
    ' ',
  );

describe('names of secrets', () => {
  for (const name of secretNames.filter(one => one !== 'PGPASSWORD_X'))
    it(`${name} is one`, () => expect(looksSecret(name)).to.equal(true));
  for (const name of harmless) it(`${name} is none`, () => expect(looksSecret(name)).to.equal(false));
});

const named: [text: string, hidden: string][] = [
  ['started with --password=hunter22 --port=80', 'started with --password=*** --port=80'],
  ['["--db-password","hunter22","--port","80"]', '["--db-password","***","--port","80"]'],
  ['mysql --password hunter22 -h db', 'mysql --password *** -h db'],
  ['GET /x?token=abc&user=joe', 'GET /x?token=***&user=joe'],
  ['DB_PASSWORD=hunter22', 'DB_PASSWORD=***'],
  ['{"healthy":true,"password":"hun\\"ter","n":1}', '{"healthy":true,"password":"***","n":1}'],
  ['{"apiToken": 123456, "ok": true}', '{"apiToken": "***", "ok": true}'],
  ['{"token":null,"secret":true}', '{"token":null,"secret":true}'],
  ['message: "{\\"token\\":\\"abc\\"}"', 'message: "{\\"token\\":\\"***\\"}"'],
  ['Authorization: Bearer abc.def', 'Authorization: ***'],
  ['{"authorization":"Basic dXNlcjpwYXNz"}', '{"authorization":"***"}'],
  ['sent Bearer abcdef123456 to it', 'sent Bearer *** to it'],
  ['Cookie: session=1; id=2', 'Cookie: ***'],
  ['postgres://app:hunter22@db:5432/shop', 'postgres://app:***@db:5432/shop'],
  ['v1.EnvVar{Name:"DB_PASSWORD", Value:"hunter22", ValueFrom:nil}', 'v1.EnvVar{Name:"DB_PASSWORD", Value:"***", ValueFrom:nil}'],
  ['{"name":"API_TOKEN","value":"hunter22"}', '{"name":"API_TOKEN","value":"***"}'],
  ['{\\"name\\":\\"API_TOKEN\\",\\"value\\":\\"hunter22\\"}', '{\\"name\\":\\"API_TOKEN\\",\\"value\\":\\"***\\"}'],
  ['password: hunter22', 'password: ***'],
  ['password: hunter22, user: joe', 'password: ***, user: joe'],
  ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln', 'token ***'],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- done', '*** done'],
];
const untouched = [
  'invalid token: unexpected end of JSON input',
  'Secret "db" not found',
  'Basic authentication is needed',
  "couldn't find key password in Secret shop/db",
  'secretName: "registry-login"',
  'see https://example.com:8080/a@b',
  'Waiting up to 300 seconds for 2 pods to start and to become healthy',
  'MountVolume.SetUp failed for volume "token" : secret "abc" not found',
];

describe('what a text names as a secret', () => {
  for (const [text, hidden] of named) it(`is hidden in ${text.slice(0, 60)}`, () => expect(hideNamed(text)).to.equal(hidden));
  for (const text of untouched) it(`is not in ${text.slice(0, 60)}`, () => expect(hideNamed(text)).to.equal(text));

  it('is hidden once: a second pass changes nothing', () => {
    for (const [, hidden] of named) expect(hideNamed(hidden)).to.equal(hidden);
  });

  it('is found in a line of any length without long thought', () => {
    const lines = [
      '"'.repeat(20_000),
      'name:"'.repeat(4000),
      'a:'.repeat(10_000),
      '--'.repeat(10_000),
      'a=b '.repeat(6000),
      'bearer '.repeat(4000),
      `x://${':'.repeat(20_000)}`,
    ];
    const from = performance.now();
    for (const line of lines) hideNamed(line);
    expect(performance.now() - from).to.be.lessThan(3000);
  });
});

describe('known values', () => {
  const value = 'pa$$ w"ord/\\ü+tail';
  const hide = hiding([value, 'short', '']);

  it('are hidden in every form in which they travel', () => {
    const forms = [
      value,
      JSON.stringify(value),
      encodeURIComponent(value),
      encodeURIComponent(value).toLowerCase(),
      new URLSearchParams({ q: value }).toString(),
    ];
    for (const form of forms)
      expect(hide(`<${form}>`), form)
        .to.include(mask)
        .and.not.include('tail');
    expect(hide('short')).to.equal('short');
  });

  it('are hidden in base64, wherever in it they begin', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 8 }),
        fc.string({ minLength: 8, maxLength: 40 }),
        fc.string({ maxLength: 8 }),
        (before, secret, after) => {
          const encoded = Buffer.from(before + secret + after).toString('base64');
          const hidden = hiding([secret])(encoded);
          expect(hidden).to.include(mask);
          expect(Buffer.from(hidden.split(mask)[0] ?? '', 'base64').toString('utf8')).to.not.include(secret);
        },
      ),
    );
  });

  it('never stand in what was hidden, whatever they are', () => {
    const secret = fc.string({ minLength: 6, maxLength: 30 }).filter(text => !mask.includes(text));
    fc.assert(
      fc.property(fc.array(secret, { maxLength: 4 }), fc.array(fc.oneof(secret, fc.string()), { maxLength: 6 }), (secrets, parts) => {
        const text = parts.join('');
        const hidden = hiding(secrets)(text);
        for (const one of secrets) if (!one.includes('*')) expect(hidden).to.not.include(one);
      }),
    );
  });

  it('take the longest first, and the lines of a key alone', () => {
    expect(hiding(['secret', 'secret-and-more'])('secret-and-more secret')).to.equal('*** ***');
    const pem = '-----BEGIN X-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END X-----\n';
    expect(hiding([pem])('line MIIEvQIBADANBgkqhkiG9w0B')).to.equal('line ***');
  });

  it('of a source stay hidden for one change more', () => {
    const secrets = createKnownSecrets();
    const shown = () => secrets.hide('token-1 token-2 token-3');
    expect(shown()).to.equal('token-1 token-2 token-3');
    for (const token of ['token-1', 'token-2', 'token-2', 'token-3']) secrets.know('api', [token]);
    expect(shown()).to.equal('token-1 *** ***');
  });
});

describe('fields of a log line', () => {
  it('lose what stands under a secret name, at any depth, and keep the rest', () => {
    const hide = hiding(['canary-value']);
    const error = Object.assign(new Error('it was canary-value'), { code: 'E', headers: { authorization: 'x' } });
    const fields = { app: 'shop', a: { b: { c: { dbPassword: 'x', list: ['canary-value'] } } }, env: [{ name: 'A', value: 'x' }], error };
    const shown = hideInFields(fields, hide) as any;
    expect(shown).to.deep.include({ app: 'shop', env: mask, a: { b: { c: { dbPassword: mask, list: [mask] } } } });
    expect(shown.error).to.deep.include({ message: 'it was ***', code: 'E', headers: { authorization: mask } });
    expect(JSON.stringify(shown)).to.not.include('canary');
  });

  it('end somewhere, also when they contain themselves', () => {
    const round: Record<string, unknown> = {};
    round['again'] = round;
    expect(JSON.stringify(hideInFields(round, text => text))).to.include('...');
  });
});
