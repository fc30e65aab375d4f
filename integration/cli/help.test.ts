/** What a command line owes before it does anything: help with examples, hints, a reference that is not old, and a quick start. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Command } from 'commander';
import { catalogue, families, serverCommands } from '../../src/cli/catalogue/index.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { reference, referencePath } from '../support/cli-reference.ts';
import { openHome, program, type Home } from './teal.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the help of teal', function () {
  this.timeout(120_000);
  let home: Home;
  before(async () => (home = await openHome()));
  after(() => home.remove());

  it('lists every command and every exit code', async () => {
    const { code, stdout } = await home.run(['help']);
    expect(code).to.equal(0);
    for (const [name] of [...catalogue.map(spec => [spec.name] as const), ...serverCommands])
      expect(stdout).to.match(new RegExp(`^  ${name} `, 'm'));
    expect(stdout).to.match(/^ {2}130 +interrupted/m);
    expect((await home.run([])).stdout).to.equal(stdout);
    expect((await home.run(['--help'])).stdout).to.equal(stdout);
  });

  const hasExample = (name: string, text: string) =>
    expect(text).to.match(new RegExp(`\\nExamples:\\n[^]*^  teal ${name.split(' ')[0] ?? ''}\\b`, 'm'));

  it('has an example of every command and every family', () => {
    const teal = buildProgram('teal', () => Promise.resolve());
    for (const name of [...catalogue.map(spec => spec.name), ...Object.keys(families)]) {
      let command: Command | undefined = teal;
      for (const word of name.split(' ')) command = command?.commands.find(each => each.name() === word);
      let text = '';
      command?.configureOutput({ writeOut: part => void (text += part) }).outputHelp();
      hasExample(name, text);
    }
  });

  it('has an example of every command of the server', async () => {
    for (const [name] of serverCommands) hasExample(name, (await home.run([name, '--help'])).stdout);
  });

  it('is the same however it is asked for', async () => {
    const asked = [
      ['deploy', '--help'],
      ['help', 'deploy'],
      ['deploy', '-h'],
    ];
    const [first, ...others] = await Promise.all(asked.map(args => home.run(args)));
    hasExample('deploy', first?.stdout ?? '');
    for (const other of others) expect(other).to.deep.equal(first);
    expect((await home.run(['help', 'env', 'set'])).stdout).to.match(/^Usage: teal env set /);
  });

  const slips: [args: string[], said: string][] = [
    [['deplyo'], 'teal: there is no command "deplyo"; did you mean deploy?\nteal help lists them\n'],
    [['deploy', '--tiemout', '3s'], "teal: unknown option '--tiemout'; did you mean --timeout?\nteal deploy --help lists what there is\n"],
    [['env', 'sett'], "teal: unknown command 'sett'; did you mean set?\nteal env --help lists what there is\n"],
    [['get'], "teal: missing required argument 'kind': apps, deployments, descriptors\nteal get --help lists what there is\n"],
    [['describe'], "teal: missing required argument 'kind': apps, deployments, descriptors\nteal describe --help lists what there is\n"],
    [['completion'], "teal: missing required argument 'shell': bash, zsh, fish\nteal completion --help lists what there is\n"],
    [['wait'], "teal: missing required argument 'app'\nteal wait --help lists what there is\n"],
    [['get', 'deploymnets'], 'teal: there is no kind "deploymnets"; did you mean deployments?\n'],
    [
      ['init', 'Bad Name', '--image', 'x'],
      'teal: the name of the app must be lower-case letters, digits and "-", starting with a letter and ending with a letter or digit; "bad-name" would do; it is "Bad Name"\n',
    ],
    [['init', 'shop', '--image', ''], 'teal: --image must be an image reference such as registry.example.com/team/app:1.2; it is ""\n'],
    [
      ['init', 'shop', '--image', 'x', '--host', 'http://x'],
      'teal: --host must be a host name alone, such as shop.example.com: without the protocol; it is "http://x"\n',
    ],
    [['init', 'shop', '--image', 'x', '--port', '0'], 'teal: --port must be from 1 to 65535; it is "0"\n'],
    [
      ['env', 'set', 'A=B', 'x'],
      'teal: the name must be the name of an environment variable: letters, digits and "_", not starting with a digit; it is "A=B"\n',
    ],
    [
      ['env', 'set', 'A=B', 'x', '--data-dir', 'nowhere'],
      'teal: the name must be the name of an environment variable: letters, digits and "_", not starting with a digit; it is "A=B"\n',
    ],
    [['get', 'apps', '--limit', 'x'], 'teal: --limit must be a number above 0; it is "x"\n'],
    [['events', '--limit', '0'], 'teal: --limit must be a number above 0; it is "0"\n'],
    [['status', '-o', 'yml'], 'teal: -o takes json, yaml, wide, name or jsonpath=TEMPLATE; it is "yml"; did you mean yaml?\n'],
  ];
  for (const [args, said] of slips)
    it(`says what is wrong with ${args.join(' ')}`, async () => {
      expect(await home.run(args)).to.deep.equal({ code: 2, stdout: '', stderr: said });
    });

  it('calls itself kubectl teal when kubectl runs it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubectl-teal-'));
    const main = program.at(-1) ?? '';
    symlinkSync(main, join(folder, 'kubectl-teal'));
    const { stdout } = spawnSync(process.execPath, [...program.slice(0, -1), join(folder, 'kubectl-teal'), 'deploy', '--help'], {
      encoding: 'utf8',
      cwd: root,
    });
    expect(stdout)
      .to.match(/^Usage: kubectl teal deploy /)
      .and.include('\n  kubectl teal deploy -f app.yaml\n');
    const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: Record<string, string> };
    expect(bin['kubectl-teal']).to.equal(bin['teal']);
  });

  it('flags alone still mean serve, and common flags may stand before a command', async () => {
    expect(await home.run(['--no-such-flag'])).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: 'teal: --no-such-flag is not a flag of Teal\nteal help serve lists the flags, teal help the commands\n',
    });
    expect((await home.run(['settings', '--no-such-flag'])).stderr).to.include('teal help settings lists the flags\n');
    expect((await home.run(['-n', 'shop', '--server', 'http://127.0.0.1:9', 'status'])).stderr).to.include(
      'cannot reach http://127.0.0.1:9',
    );
  });

  it('the reference is written from the commands (npm run cli-docs writes it)', () => {
    expect(readFileSync(referencePath, 'utf8')).to.equal(reference());
  });
});

describe('completion', function () {
  this.timeout(60_000);
  let home: Home;
  before(async () => (home = await openHome()));
  after(() => home.remove());
  const words = async (...typed: string[]) =>
    (await home.run(['__complete', ...typed])).stdout.split('\n').map(line => line.split('\t')[0]);

  it('knows commands, verbs, kinds, flags and their words without a server', async () => {
    expect(await words('de')).to.deep.equal(['deploy', 'describe', 'delete', '']);
    expect(await words('env', '')).to.deep.equal(['list', 'get', 'set', 'delete', '']);
    expect(await words('get', '')).to.deep.equal(['apps', 'deployments', 'descriptors', '']);
    expect(await words('logs', '--f')).to.deep.equal(['--follow', '']);
    expect(await words('wait', 'shop', '--until', '')).to.deep.equal(['deployed', 'settled', '']);
    expect(await words('completion', 'z')).to.deep.equal(['zsh', '']);
  });

  it('is silent when the server is away', async () => {
    expect(await home.run(['__complete', 'status', ''], { env: { TEAL_SERVER: 'http://127.0.0.1:9' } })).to.deep.equal({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('is a script that bash takes, and that completes', async () => {
    const { stdout } = await home.run(['completion', 'bash']);
    const script = `${stdout}\nCOMP_WORDS=(teal com); COMP_CWORD=1; compopt() { :; }; _teal; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(spawnSync('bash', ['-c', script], { encoding: 'utf8', env: { ...home.env } }).stdout).to.equal('completion\n');
  });
});

describe('a start of teal', function () {
  this.timeout(60_000);
  /** Writes the modules that were loaded when the process ends. */
  const watcher = `
    import { register, createRequire } from 'node:module';
    import { writeFileSync, appendFileSync } from 'node:fs';
    const file = process.env.LOADED;
    writeFileSync(file, '');
    register('data:text/javascript,' + encodeURIComponent(
      'import { appendFileSync } from "node:fs"; export async function load(url, context, next) { appendFileSync(' + JSON.stringify(file) + ', url + "\\\\n"); return next(url, context); }'));
    const require = createRequire(import.meta.url);
    process.on('exit', () => appendFileSync(file, Object.keys(require.cache).join('\\n')));
  `;

  function loadedBy(args: string[]): string[] {
    const folder = mkdtempSync(join(tmpdir(), 'loaded-'));
    writeFileSync(join(folder, 'watcher.mjs'), watcher);
    const { status, stderr } = spawnSync(process.execPath, ['--import', join(folder, 'watcher.mjs'), ...program, ...args], {
      env: { PATH: process.env['PATH'], HOME: folder, LOADED: join(folder, 'loaded') },
      encoding: 'utf8',
    });
    expect(status, stderr).to.be.oneOf([0, 1]);
    return readFileSync(join(folder, 'loaded'), 'utf8').split('\n').flatMap(sourcesOf);
  }
  /** A file of the bundle holds many modules: its source map names them. */
  function sourcesOf(module: string): string[] {
    const file = module.startsWith('file:') ? fileURLToPath(module) : module;
    if (!file.endsWith('.js') || !existsSync(`${file}.map`)) return [module];
    const { sources } = JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: string[] };
    return sources.map(source => join(dirname(file), source));
  }
  const packagesIn = (modules: string[]) => [
    ...new Set(modules.map(module => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(module)?.[1]).filter(name => name !== undefined)),
  ];
  const roomsIn = (modules: string[]) =>
    [
      ...new Set(modules.map(module => /\/(?:dist|src)\/([\w-]+)(?:\/|\.[jt]s)/.exec(module)?.[1]).filter(name => name !== undefined)),
    ].sort();
  /** What runs TypeScript in tests is no part of the program. */
  const ofTests = ['tsx', 'get-tsconfig', 'resolve-pkg-maps', 'esbuild'];

  for (const args of [
    ['version', '--client'],
    ['help'],
    ['deploy', '--help'],
    ['completion', 'bash'],
    ['config', 'list'],
    ['status', '--server', 'http://127.0.0.1:9'],
  ])
    it(`${args.join(' ')} loads nothing of the server, and of all libraries only commander`, () => {
      const modules = loadedBy(args).filter(module => !/\/node_modules\/tsx\/|^node:/.test(module));
      expect(packagesIn(modules).filter(name => !ofTests.includes(name))).to.deep.equal(['commander']);
      for (const room of roomsIn(modules)) expect(['cli', 'commands', 'lib', 'main', 'version']).to.include(room);
    });

  it('the watcher sees what is loaded: settings need the server, so they load more', () => {
    expect(packagesIn(loadedBy(['settings']))).to.include('class-validator');
  });
});
