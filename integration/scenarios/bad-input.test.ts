/** Every field of a descriptor, wrong in every way: the exact answer to create, replace and validate, and a store in which not a byte has changed. */

import { expect } from 'chai';
import { startInProcess, type InProcess } from '../support/in-process.ts';

type Json = Record<string, unknown>;
interface Case {
  /** What is wrong, for the title. */
  what: string;
  /** Path of the field in the descriptor. */
  path: (string | number)[];
  /** Undefined = the field is missing. */
  value: unknown;
  pointer: string;
  message: string;
}

const container = {
  name: 'web',
  image: 'registry.example.com/shop:1',
  ports: [{ name: 'http', containerPort: 8080 }],
  env: [{ name: 'A', value: 'b' }],
};

/** Valid, with every field there is. */
const complete = {
  namespace: 'default',
  appName: 'shop',
  newVersion: '1.0',
  webhooks: [{ key: 'k1', description: 'mine' }],
  deploymentType: 'blue-green',
  replicas: 2,
  frontend: 'shop.example.com',
  redirectWww: true,
  useCompression: true,
  useStickySessions: false,
  tlsSecretName: 'shop-tls',
  additionHttpHeaders: [{ Header: 'X-Test', Value: 'a value' }],
  useHealthCheck: true,
  healthCheckPort: 8080,
  healthCheckPath: 'health',
  healthCheckType: 'probe',
  ignoreHealthCheck: false,
  imagePullSecrets: [{ name: 'registry' }],
  environment: { MODE: 'live' },
  timeoutSeconds: 60,
  confirmSeconds: 1,
  drainSeconds: 1,
  routing: 'versioned',
  promotion: 'auto',
  promotionSeconds: 10,
  autoRollback: true,
  injectPreStop: true,
  labels: { team: 'a' },
  annotations: { 'example.com/owner': 'b' },
  podspec: {
    containers: [container],
    initContainers: [{ name: 'init', image: 'busybox' }],
    imagePullSecrets: [{ name: 'other' }],
    terminationGracePeriodSeconds: 5,
  },
};

const pointerOf = (path: Case['path']): string => path.map(part => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
const cases: Case[] = [];
const bad = (what: string, path: Case['path'], value: unknown, message: string, pointer = pointerOf(path)): void => {
  cases.push({ what, path, value, pointer, message });
};
const letters = (count: number): string => 'a'.repeat(count);

/** The ways in which the type itself is wrong; `rule` is how the field's rule reads after "must be". */
function wrongTypes(path: Case['path'], rule: string, wrong: [unknown, string][], required = false): void {
  if (required) bad('missing', path, undefined, `is required: ${rule}`);
  bad('null', path, null, `must not be null: ${rule}, or leave the field out`);
  for (const [value, kind] of wrong) bad(kind, path, value, `must be ${rule}; got ${kind}`);
}
const text = (path: Case['path'], min: number, max: number, required = false): void => {
  const rule = `a string of ${min} to ${max} characters`;
  wrongTypes(
    path,
    rule,
    [
      [5, 'the number 5'],
      [true, 'the boolean true'],
      [{}, 'an object'],
      [['x'], 'an array'],
    ],
    required,
  );
  if (min > 0) bad('empty', path, '', `must be ${rule}; got an empty string`);
  bad('too long', path, letters(max + 1), `must be ${rule}; got a string of ${max + 1} characters`);
};
const integer = (path: Case['path'], min: number, max: number): void => {
  const rule = `an integer from ${min} to ${max}`;
  wrongTypes(path, rule, [
    ['2', 'a string of 1 characters'],
    ['', 'an empty string'],
    [1.5, 'a number with a fraction'],
    [true, 'the boolean true'],
    [{}, 'an object'],
    [[], 'an array'],
  ]);
  for (const value of [min - 1, max + 1, -2_147_483_649, 1e15]) bad(`${value}`, path, value, `must be ${rule}; got the number ${value}`);
};
const boolean = (field: string): void =>
  wrongTypes([field], 'true or false, without quotes', [
    ['true', 'a string of 4 characters'],
    ['', 'an empty string'],
    [1, 'the number 1'],
    [{}, 'an object'],
    [[], 'an array'],
  ]);
const choice = (field: string, choices: string[]): void =>
  wrongTypes([field], `one of ${choices.map(entry => `"${entry}"`).join(', ')}`, [
    ['x', 'a string of 1 characters'],
    ['', 'an empty string'],
    [`${choices[0] ?? ''} `, `a string of ${(choices[0] ?? '').length + 1} characters`],
    [`${choices[0] ?? ''}\n`, `a string of ${(choices[0] ?? '').length + 1} characters`],
    [(choices[0] ?? '').toUpperCase(), `a string of ${(choices[0] ?? '').length} characters`],
    [1, 'the number 1'],
    [[choices[0]], 'an array'],
  ]);

const shellWords = ['$(reboot)', 'a;b', '../x', "a'b", 'a"b', 'a b', 'ä', 'a\nb', 'a\u0007b', '{{x}}', '%2e%2e'];

const appNameRule = 'must be lower-case letters, digits and "-", starting with a letter and ending with a letter or digit';
text(['appName'], 1, 63, true);
for (const [value, proposal] of [
  ['My_App.x', 'my-app-x'],
  ['1shop', 'shop'],
  ['shop-', 'shop'],
  ['$(reboot)', 'reboot'],
  ['../../etc', 'etc'],
  ['a\nb', 'a-b'],
  ['a\u0007b', 'ab'],
  ['a/b', 'a-b'],
  ["shop';--", 'shop'],
] as const) {
  bad(JSON.stringify(value), ['appName'], value, `${appNameRule}; "${proposal}" would do`);
}
bad('nothing usable', ['appName'], '123', appNameRule);
bad(
  'too long with its version',
  ['appName'],
  letters(60),
  'with its version the names of objects would have 64 characters; 63 fit: shorten it by 1',
);

const versionRule = 'must be "#", or 1 to 63 letters, digits, "-", "_" and ".", starting and ending with a letter or digit';
text(['newVersion'], 1, 63, true);
for (const value of [...shellWords, '##', '-1', '1.', '_x']) bad(JSON.stringify(value), ['newVersion'], value, versionRule);

const namespaceRule =
  'must be the name of a namespace: 1 to 63 lower-case letters, digits and "-", starting and ending with a letter or digit';
wrongTypes(['namespace'], 'a string of 1 to 63 characters', [
  [5, 'the number 5'],
  [{}, 'an object'],
  ['', 'an empty string'],
  [letters(64), 'a string of 64 characters'],
]);
for (const value of [...shellWords, 'Default', 'a/b', '-a']) bad(JSON.stringify(value), ['namespace'], value, namespaceRule);
bad('another one than the query says', ['namespace'], 'other', 'must be "default", as in the query, or left out');

choice('deploymentType', ['blue-green']);
integer(['replicas'], 1, 10_000);
bad('more than the server allows', ['replicas'], 1001, 'must be an integer from 1 to 1000, the maximum of this server');

const hostRule = 'must be a host name alone, such as shop.example.com';
text(['frontend'], 1, 253);
for (const [value, rest] of [
  ['https://shop.example.com', ': without the protocol'],
  ['shop.example.com/path', ': without a path'],
  ['shop.example.com:8080', ': without a port'],
  ['*.example.com', ': wildcards are not allowed'],
  ['10.0.0.1', ': not an IP address'],
  ['2130706433', ': not an IP address'],
  ['127.0.0.0x1', ': not an IP address'],
  ['fe80::1%eth0', ': not an IP address'],
  ['localhost', ': not the machine itself'],
  ['xn--pple-43d.com', ': without encoded letters (xn--), behind which look-alikes of other names hide'],
  ['shop.example.com.', ''],
  ['shop..example.com', ''],
  ['-shop.example.com', ''],
  ['shop.example.com;}', ''],
  ['shop\n.example.com', ''],
  ['shop.example.com\u0001', ''],
  [`${letters(64)}.com`, ''],
  ['shop"example', ''],
] as const) {
  bad(JSON.stringify(value), ['frontend'], value, `${hostRule}${rest}`);
}
bad('upper case', ['frontend'], 'Shop.Example.com', 'must be lower case: "shop.example.com"');
bad(
  'www with a redirect',
  ['frontend'],
  'www.example.com',
  'must be false when frontend starts with "www.": it would redirect www.www.',
  '/redirectWww',
);

for (const field of [
  'redirectWww',
  'useCompression',
  'useStickySessions',
  'useHealthCheck',
  'ignoreHealthCheck',
  'autoRollback',
  'injectPreStop',
])
  boolean(field);

const objectNameRule = 'must be the name of an object: lower-case letters, digits, "-" and ".", starting and ending with a letter or digit';
text(['tlsSecretName'], 1, 253);
text(['imagePullSecrets', 0, 'name'], 1, 253, true);
for (const value of [...shellWords, 'Secret', 'a/b']) {
  bad(JSON.stringify(value), ['tlsSecretName'], value, objectNameRule);
  bad(JSON.stringify(value), ['imagePullSecrets', 0, 'name'], value, objectNameRule);
  bad(JSON.stringify(value), ['podspec', 'imagePullSecrets', 0, 'name'], value, objectNameRule);
}
for (const field of ['webhooks', 'additionHttpHeaders', 'imagePullSecrets']) {
  wrongTypes([field], 'an array of at most 50 objects', [
    ['x', 'a string of 1 characters'],
    ['', 'an empty string'],
    [{}, 'an object'],
    [1, 'the number 1'],
    [
      Array(51)
        .fill((complete as Json)[field] as unknown[])
        .flat(),
      'an array',
    ],
  ]);
}
bad('twice', ['imagePullSecrets'], [{ name: 'a' }, { name: 'a' }], 'stands twice in the list; keep one', '/imagePullSecrets/1/name');
bad(
  'twice',
  ['additionHttpHeaders'],
  [
    { Header: 'X-A', Value: '1' },
    { Header: 'x-a', Value: '2' },
  ],
  'stands twice in the list; keep one',
  '/additionHttpHeaders/1/Header',
);

text(['webhooks', 0, 'key'], 1, 253, true);
bad('control characters', ['webhooks', 0, 'key'], 'a\u0007', 'must not contain control characters');
text(['webhooks', 0, 'description'], 0, 1000);
bad('control characters', ['webhooks', 0, 'description'], 'a\u001b[31m', 'must not contain control characters');
bad('an unknown field inside', ['webhooks', 0, 'kee'], 'x', 'unknown field; did you mean key?');

text(['additionHttpHeaders', 0, 'Header'], 1, 100, true);
for (const value of ['X Test', 'X:', 'X\nY', 'X\r\nSet-Cookie', 'Ä', 'X;}', '$x']) {
  bad(
    JSON.stringify(value),
    ['additionHttpHeaders', 0, 'Header'],
    value,
    'must be the name of an HTTP header: letters, digits and "-", without ":"',
  );
}
for (const value of ['Content-Length', 'transfer-encoding', 'Connection', 'HOST', 'Set-Cookie']) {
  bad(
    value,
    ['additionHttpHeaders', 0, 'Header'],
    value,
    'belongs to the connection, the framing of a single answer or a single user and cannot be set for all',
  );
}
text(['additionHttpHeaders', 0, 'Value'], 1, 1000, true);
for (const value of ['a\r\nSet-Cookie: x', ' a', 'a ', 'ä', 'a\tb', '\u0007']) {
  bad(JSON.stringify(value), ['additionHttpHeaders', 0, 'Value'], value, 'must be visible ASCII on one line, without spaces at its ends');
}
for (const value of ['"; return 200; "', '${host}', '$request_uri', 'a\\', '{a}', '`id`']) {
  bad(
    JSON.stringify(value),
    ['additionHttpHeaders', 0, 'Value'],
    value,
    'must not contain quotes, "\\", "$", "`", "{" and "}": proxies take them for configuration',
  );
}

integer(['healthCheckPort'], 1, 65_535);
text(['healthCheckPath'], 1, 1000);
bad('missing', ['healthCheckPath'], undefined, 'is required when useHealthCheck is true');
for (const [value, message] of [
  ['http://evil/x', 'must be a path such as health, without protocol and host'],
  ['//evil/x', 'must be a path such as health, without protocol and host'],
  ['@evil/x', 'must be a path such as health, without protocol and host'],
  ['?x', 'must be a path such as health; a query may follow it'],
  ['../admin', 'must be a path without "." and ".." segments'],
  ['a/%2e%2e/b', 'must be a path without "." and ".." segments'],
  ['a%2f..%2fb', 'must be a path without "." and ".." segments'],
  ['a%zz', 'must be a path in which every "%" is followed by two hexadecimal digits'],
  ['a b', 'must be a path of visible ASCII without spaces, "\\" and "#"; encode others as %XX'],
  ['a\\..\\b', 'must be a path of visible ASCII without spaces, "\\" and "#"; encode others as %XX'],
  ['a\r\nHost: x', 'must be a path of visible ASCII without spaces, "\\" and "#"; encode others as %XX'],
  ['a#b', 'must be a path of visible ASCII without spaces, "\\" and "#"; encode others as %XX'],
] as const) {
  bad(JSON.stringify(value), ['healthCheckPath'], value, message);
}
choice('healthCheckType', ['probe', 'simple']);
bad(
  'missing',
  ['healthCheckType'],
  undefined,
  'is required when useHealthCheck is true: "simple" (healthy is an answer of 2xx) or "probe" (its JSON must say "healthy": true as well)',
);

for (const field of ['environment', 'labels', 'annotations', 'podspec']) {
  wrongTypes(
    [field],
    'a JSON object',
    [
      ['x', 'a string of 1 characters'],
      ['', 'an empty string'],
      [[], 'an array'],
      [1, 'the number 1'],
      [true, 'the boolean true'],
    ],
    field === 'podspec',
  );
}
const keysOf: [string, string, string[]][] = [
  [
    'environment',
    'must be the name of an environment variable: letters, digits and "_", not starting with a digit',
    ['1A', 'A-B', 'A=B', 'A\nB', '', '$(x)', letters(254)],
  ],
  [
    'labels',
    'must be a qualified name such as example.com/team: letters, digits, "-", "_" and ".", at most 63 after the "/"',
    ['a b', '-a', 'a/b/c', 'A_.com/x', '', 'a\n', letters(64)],
  ],
  [
    'annotations',
    'must be a qualified name such as example.com/team: letters, digits, "-", "_" and ".", at most 63 after the "/"',
    ['a b', '/a', 'a/', 'ä', 'a;b'],
  ],
];
for (const [field, message, wrong] of keysOf) {
  for (const key of wrong) bad(`key ${JSON.stringify(key.slice(0, 20))}`, [field], { [key]: 'v' }, message, pointerOf([field, key]));
  bad('a value that is no string', [field], { OK: 1 }, 'must be a string; got the number 1: put it in quotes', `/${field}/OK`);
  bad('a value that is null', [field], { OK: null }, 'must be a string; got null: put it in quotes', `/${field}/OK`);
}
for (const key of ['app', 'version', 'name', 'app.kubernetes.io/managed-by', 'teal/deployment'])
  bad(`key ${key}`, ['labels'], { [key]: 'v' }, 'is set by Teal itself; choose another key', pointerOf(['labels', key]));
bad('key teal/epoch', ['annotations'], { 'teal/epoch': '9' }, 'is set by Teal itself; choose another key', '/annotations/teal~1epoch');
for (const value of ['a b', 'a\nb', letters(64), '-a'])
  bad(
    `value ${JSON.stringify(value.slice(0, 20))}`,
    ['labels'],
    { team: value },
    'must be empty or 1 to 63 letters, digits, "-", "_" and ".", starting and ending with a letter or digit',
    '/labels/team',
  );
bad('too large', ['environment'], { A: letters(262_144) }, 'must be at most 262144 bytes in all; it is 262145');
bad('too large', ['annotations'], { a: letters(131_072) }, 'must be at most 131072 bytes in all; it is 131073');

integer(['timeoutSeconds'], 1, 86_400);
integer(['confirmSeconds'], 0, 3600);
integer(['drainSeconds'], 0, 86_400);
integer(['promotionSeconds'], 1, 86_400);
choice('routing', ['versioned', 'stable-service']);
choice('promotion', ['auto', 'manual']);

const pod = (...path: Case['path']): Case['path'] => ['podspec', ...path];
const first = (...path: Case['path']): Case['path'] => pod('containers', 0, ...path);
for (const [value, kind] of [
  [undefined, 'nothing'],
  [null, 'null'],
  [{}, 'an object'],
  ['x', 'a string of 1 characters'],
  [[], 'an empty array'],
] as const) {
  bad(kind, pod('containers'), value, `must be an array with at least one container; got ${kind}`);
}
for (const [value, kind] of [
  [null, 'null'],
  ['x', 'a string of 1 characters'],
  [{}, 'an object'],
] as const) {
  bad(kind, pod('initContainers'), value, `must be an array; got ${kind}`);
  bad(kind, pod('imagePullSecrets'), value, `must be an array; got ${kind}`);
  bad(kind, first('ports'), value, `must be an array; got ${kind}`);
  bad(kind, first('env'), value, `must be an array; got ${kind}`);
}
for (const [value, kind] of [
  [null, 'null'],
  ['x', 'a string of 1 characters'],
  [[], 'an array'],
  [1, 'the number 1'],
] as const) {
  bad(kind, pod('containers', 0), value, `must be an object; got ${kind}`);
  bad(kind, pod('initContainers', 0), value, `must be an object; got ${kind}`);
  bad(kind, pod('imagePullSecrets', 0), value, `must be an object with the name of a secret; got ${kind}`);
  bad(kind, first('ports', 0), value, `must be an object; got ${kind}`);
  bad(kind, first('env', 0), value, `must be an object; got ${kind}`);
}
const imageRule = 'must be an image reference such as registry.example.com/team/app:1.2';
const digestRule = 'must end with a whole digest where it has one: @sha256: and 64 hexadecimal digits';
const containerRule = 'must be 1 to 63 lower-case letters, digits and "-", starting and ending with a letter or digit';
for (const list of ['containers', 'initContainers']) {
  for (const [value, kind] of [
    [undefined, 'nothing'],
    [null, 'null'],
    [1, 'the number 1'],
    [[], 'an array'],
  ] as const) {
    bad(kind, pod(list, 0, 'name'), value, `is required: the container's name; got ${kind}`);
    bad(kind, pod(list, 0, 'image'), value, `is required: an image reference; got ${kind}`);
  }
  bad('empty', pod(list, 0, 'image'), '', 'is required: an image reference; got an empty string');
  for (const value of ['a b', '$(x)', 'a\nb', '/a', ';', 'http://', 'a//b', 'a:', letters(1001)])
    bad(JSON.stringify(value.slice(0, 20)), pod(list, 0, 'image'), value, imageRule);
  for (const value of [
    'evil.example.com/x@sha256:bad',
    'a@sha256',
    `a@sha256:${letters(64).toUpperCase()}`,
    `a@b@sha256:${'0'.repeat(64)}`,
  ])
    bad(JSON.stringify(value.slice(0, 20)), pod(list, 0, 'image'), value, digestRule);
  for (const value of ['', 'A', 'a_b', 'a\n', '-a', '../x', letters(64)])
    bad(JSON.stringify(value.slice(0, 20)), pod(list, 0, 'name'), value, containerRule);
}
bad('a name twice in the pod', pod('initContainers', 0, 'name'), 'web', 'is the name of another container of this pod; names must differ');
bad('missing', first('ports', 0, 'containerPort'), undefined, 'is required: an integer from 1 to 65535');
for (const [value, kind] of [
  [null, 'null'],
  ['8080', 'a string of 4 characters'],
  [0, 'the number 0'],
  [65_536, 'the number 65536'],
  [1.5, 'a number with a fraction'],
] as const) {
  bad(kind, first('ports', 0, 'containerPort'), value, `must be an integer from 1 to 65535; got ${kind}`);
}
const portRule = 'must be 1 to 15 lower-case letters, digits and single "-", with at least one letter';
for (const value of ['', '80', 'HTTP', 'a--b', letters(16), 'a b', 'a\nb'])
  bad(JSON.stringify(value), first('ports', 0, 'name'), value, portRule);
for (const [value, kind] of [
  [null, 'null'],
  [1, 'the number 1'],
] as const)
  bad(kind, first('ports', 0, 'name'), value, `must be a string; got ${kind}`);
for (const value of [null, 'tcp', 1, 'HTTP', 'TCP\n'])
  bad(JSON.stringify(value), first('ports', 0, 'protocol'), value, 'must be "TCP", "UDP" or "SCTP"');
bad(
  'a number twice',
  first('ports'),
  [
    { name: 'a', containerPort: 8080 },
    { name: 'b', containerPort: 8080 },
  ],
  'is declared twice in this pod with the same protocol; keep one',
  '/podspec/containers/0/ports/1/containerPort',
);
bad(
  'a name twice',
  first('ports'),
  [
    { name: 'a', containerPort: 8080 },
    { name: 'a', containerPort: 8081 },
  ],
  'is the name of another port of this pod; names must differ',
  '/podspec/containers/0/ports/1/name',
);
const variableRule = 'must be the name of an environment variable: letters, digits and "_", not starting with a digit';
for (const value of ['', 'A-B', '1A', 'A\n', '$(x)']) bad(JSON.stringify(value), first('env', 0, 'name'), value, variableRule);
for (const [value, kind] of [
  [undefined, 'nothing'],
  [null, 'null'],
  [1, 'the number 1'],
] as const)
  bad(kind, first('env', 0, 'name'), value, `is required: the variable's name; got ${kind}`);
for (const [value, kind] of [
  [null, 'null'],
  [1, 'the number 1'],
  [true, 'the boolean true'],
  [{}, 'an object'],
] as const)
  bad(kind, first('env', 0, 'value'), value, `must be a string; got ${kind}: put it in quotes`);
bad(
  'a name twice',
  first('env'),
  [{ name: 'A' }, { name: 'A' }],
  'is set twice in this container; keep one',
  '/podspec/containers/0/env/1/name',
);
for (const [value, kind] of [
  [null, 'null'],
  ['5', 'a string of 1 characters'],
  [-1, 'the number -1'],
  [1.5, 'a number with a fraction'],
] as const)
  bad(kind, pod('terminationGracePeriodSeconds'), value, `must be an integer from 0; got ${kind}`);
for (const [value, kind] of [
  [null, 'null'],
  ['true', 'a string of 4 characters'],
  [1, 'the number 1'],
] as const)
  bad(kind, pod('hostNetwork'), value, `must be true or false; got ${kind}`);
for (const value of ['Never', 'OnFailure', null, 1, ''])
  bad(JSON.stringify(value), pod('restartPolicy'), value, 'must be "Always": a replication controller takes nothing else');
bad('set', pod('activeDeadlineSeconds'), 5, 'cannot be set: a replication controller does not take it');
bad('set', pod('ephemeralContainers'), [], 'cannot be set here: ephemeral containers are added to running pods only');
bad('an unknown field', ['replica'], 3, 'unknown field; did you mean replicas?');
bad('an unknown field', ['healthcheckPath'], 'x', 'unknown field; did you mean healthCheckPath?');

/** The complete descriptor with one field changed. */
function withChange({ path, value }: Case): Json {
  const copy = structuredClone(complete) as Json;
  let at = copy as Record<string | number, unknown>;
  for (const part of path.slice(0, -1)) at = at[part] as Record<string | number, unknown>;
  const last = path.at(-1) ?? '';
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

describe('bad input', () => {
  let teal: InProcess;
  let id: string;
  let original: string;

  const send = (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(teal.url + path, {
      method,
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...headers },
    });

  before(async () => {
    teal = await startInProcess({ writesPerMinute: 0 });
    const created = await send('POST', '/descriptors/?namespace=default', complete);
    expect(created.status).to.equal(201);
    id = ((await created.json()) as { id: string }).id;
    original = await teal.stored();
  });
  after(() => teal.stop());

  const problem = (errors: { pointer: string; message: string }[]) => ({
    type: 'urn:teal:problem:invalid',
    title: 'Invalid',
    status: 400,
    detail: errors.length === 1 ? 'the descriptor has 1 fault' : `the descriptor has ${errors.length} faults`,
    code: 'INVALID',
    errors,
  });

  async function expectRefused(answer: Response, errors: { pointer: string; message: string }[]) {
    expect(answer.headers.get('content-type')).to.equal('application/problem+json; charset=utf-8');
    const { requestId, ...body } = (await answer.json()) as Json;
    expect(body).to.deep.equal(problem(errors));
    expect(requestId).to.equal(answer.headers.get('x-request-id'));
    expect(answer.status).to.equal(400);
  }

  for (const entry of cases) {
    it(`${entry.path.join('.')}: ${entry.what}`, async () => {
      const errors = [{ pointer: entry.pointer, message: entry.message }];
      const body = withChange(entry);
      await expectRefused(await send('POST', '/descriptors/?namespace=default', body), errors);
      await expectRefused(await send('PUT', `/descriptors/${id}/?namespace=default`, body), errors);
      const verdict = await send('POST', '/descriptors/validate?namespace=default', body);
      expect(await verdict.json()).to.deep.equal({ valid: false, errors, warnings: [] });
      expect(await teal.stored()).to.equal(original);
    });
  }

  it('covers every field of the descriptor', () => {
    const covered = new Set(cases.map(({ path }) => path[0]));
    expect(Object.keys(complete).filter(field => !covered.has(field))).to.deep.equal([]);
  });

  it('tells all faults at once', async () => {
    const answer = await send('POST', '/descriptors/?namespace=default', {
      appName: 'A',
      newVersion: '',
      replicas: 0,
      frontend: 'http://x',
      podspec: { containers: [{}] },
    });
    const { errors } = (await answer.json()) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).to.have.members([
      '/appName',
      '/newVersion',
      '/replicas',
      '/frontend',
      '/podspec/containers/0/name',
      '/podspec/containers/0/image',
    ]);
  });

  it('refuses to change the app of a descriptor', async () => {
    const answer = await send('PUT', `/descriptors/${id}/?namespace=default`, { ...complete, appName: 'other' });
    expect(answer.status).to.equal(400);
    expect(((await answer.json()) as { errors: unknown }).errors).to.deep.equal([
      { pointer: '/appName', message: 'must stay "shop": create a new descriptor for another app' },
    ]);
    expect(await teal.stored()).to.equal(original);
  });

  it('asks for a health check port where no rule gives one', async () => {
    const { healthCheckPort: _port, ...rest } = complete;
    const ports = [
      { name: 'a', containerPort: 1 },
      { name: 'b', containerPort: 2 },
    ];
    const answer = await send('POST', '/descriptors/?namespace=default', { ...rest, podspec: { containers: [{ ...container, ports }] } });
    await expectRefused(answer, [
      { pointer: '/healthCheckPort', message: 'is required: the first container has several ports and none is named "healthcheck"' },
    ]);
  });

  it('reserves ten digits for the number of "#"', async () => {
    const answer = await send('POST', '/descriptors/?namespace=default', { ...complete, newVersion: '#', appName: letters(53) });
    await expectRefused(answer, [
      {
        pointer: '/appName',
        message:
          'with its version the names of objects would have 64 characters, of which 10 are reserved for the number; 63 fit: shorten it by 1',
      },
    ]);
  });

  const raw: [string, string | Uint8Array, number, string, Record<string, string>?][] = [
    ['no body', '', 400, '?'],
    ['a body that is not JSON', '{"appName": shop}', 400, 'is not JSON: wrong syntax at line 1, column 13'],
    ['half a body', '{"appName":', 400, 'is not JSON: it ends too early'],
    ['a duplicate key', '{"appName":"a","appName":"b"}', 400, 'stands twice in its object; keep one'],
    ['a prototype key', '{"__proto__":{"admin":true}}', 400, 'is a name that is not allowed as a key'],
    ['nesting beyond the cap', `{"podspec":${'['.repeat(40)}${']'.repeat(40)}}`, 400, 'is nested deeper than 32 levels'],
    ['NUL in a string', '{"appName":"a\\u0000"}', 400, 'contains the NUL character; remove it'],
    ['half a surrogate pair', '{"appName":"\\udc00"}', 400, 'contains half of a surrogate pair; send valid Unicode'],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, 'is not valid UTF-8'],
    ['an array', '[]', 400, 'must be a JSON object; got an array'],
    ['null', 'null', 400, 'must be a JSON object; got null'],
    ['a text', '"x"', 400, 'must be a JSON object; got a string of 1 characters'],
    ['more than a megabyte', JSON.stringify({ ...complete, environment: { A: letters(1_100_000) } }), 413, ''],
    ['XML', '<a/>', 415, '', { 'Content-Type': 'application/xml' }],
    ['a multipart form', 'x', 415, '', { 'Content-Type': 'multipart/form-data; boundary=x' }],
    ['a compressed body', 'x', 415, '', { 'Content-Encoding': 'gzip' }],
  ];
  for (const [what, body, status, message, headers] of raw) {
    it(`is refused as a whole when it is ${what}`, async () => {
      const answer = await send('POST', '/descriptors/?namespace=default', body, headers);
      const content = (await answer.json()) as { status: number; errors: { message: string }[] };
      expect([answer.status, content.status]).to.deep.equal([status, status]);
      if (status === 400)
        expect(content.errors.map(error => error.message)).to.deep.equal([message === '?' ? 'is empty; send JSON' : message]);
      expect(await teal.stored()).to.equal(original);
    });
  }

  for (const [path, pointer, message] of [
    ['/descriptors/', '?namespace', 'is missing; say which namespace you mean'],
    ['/descriptors/?namespace=', '?namespace', namespaceRule],
    ['/descriptors/?namespace=Bad_NS!', '?namespace', namespaceRule],
    ['/descriptors/?namespace=..%2F..', '?namespace', namespaceRule],
    ['/descriptors/?namespace=a&namespace=b', '?namespace', 'stands twice; send it once'],
    ['/descriptors/?namespace=default&appName=x', '?appName', 'unknown query parameter; did you mean appname?'],
    ['/descriptors/?namespace=default&limit=0', '?limit', 'must be an integer from 1 to 1000; got the number 0'],
    ['/descriptors/?namespace=default&limit=-1', '?limit', 'must be an integer from 1 to 1000; got the number -1'],
    ['/descriptors/?namespace=default&limit=abc', '?limit', 'must be an integer from 1 to 1000; got a string of 3 characters'],
    ['/descriptors/?namespace=default&limit=', '?limit', 'must be an integer from 1 to 1000; got an empty string'],
    ['/descriptors/?namespace=default&continue=x', '?continue', 'is not a token of this server; take it from the Link header'],
    ['/descriptors/?namespace=default&appname=..', '?appname', appNameRule],
  ] as const) {
    it(`GET ${path} says what is wrong with the query`, async () => {
      const answer = await fetch(teal.url + path);
      expect(answer.status).to.equal(400);
      expect(((await answer.json()) as { errors: unknown }).errors).to.deep.equal([{ pointer, message }]);
    });
  }

  for (const [path, pointer] of [
    ['/descriptors/?namespace=default', '?appname'],
    ['/descriptors/?namespace=default&appname=shop&keepLatest=yes', '?keepLatest'],
  ] as const) {
    it(`DELETE ${path} deletes nothing`, async () => {
      const answer = await fetch(teal.url + path, { method: 'DELETE' });
      expect(answer.status).to.equal(400);
      expect(((await answer.json()) as { errors: { pointer: string }[] }).errors.map(error => error.pointer)).to.deep.equal([pointer]);
      expect(await teal.stored()).to.equal(original);
    });
  }

  for (const wrong of [
    'x',
    '%2e%2e%2f',
    '%00',
    '%zz',
    letters(3000),
    '01a1fde3-e4d4-76d6-8b14-1e39119db438',
    '01A1FDE3-E4D4-76D6-8B14-1E39119DB438',
  ]) {
    it(`an id such as ${wrong.slice(0, 40)} is not found`, async () => {
      for (const method of ['GET', 'DELETE']) {
        const answer = await fetch(`${teal.url}/descriptors/${wrong}/?namespace=default`, { method });
        expect(answer.status, method).to.equal(404);
      }
      expect(await teal.stored()).to.equal(original);
    });
  }
});
