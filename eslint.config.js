/** Who may import whom, what plan/ may touch, and which mistakes no commit may carry. DESIGN in one file: `from` rooms, `to` doors. */

import boundaries from 'eslint-plugin-boundaries';
import parser from '@typescript-eslint/parser';

/** Folders that are one unit of thought. A file belongs to the innermost that matches; imports inside a unit are free. */
const elements = [
  { type: 'plan', pattern: 'src/deployments/plan' },
  { type: 'adapter', pattern: 'src/store/etcd' },
  { type: 'adapter', pattern: 'src/store/embedded' },
  { type: 'adapter', pattern: 'src/cluster/kubernetes' },
  { type: 'rendering', pattern: 'src/cluster/manifests' },
  { type: 'rendering', pattern: 'src/cluster/routing' },
  { type: 'lib', pattern: 'src/lib' },
  { type: 'testing', pattern: 'src/testing' },
  { type: 'http', pattern: 'src/http' },
  { type: 'cli', pattern: 'src/cli' },
  { type: 'sandbox', pattern: 'src/sandbox' },
  { type: 'dashboard', pattern: 'src/dashboard' },
  { type: 'contract', pattern: 'src/contract' },
  { type: 'commands', pattern: 'src/commands' },
  { type: 'ports', pattern: 'src/store' },
  { type: 'ports', pattern: 'src/cluster' },
  { type: 'feature', pattern: 'src/*', capture: ['room'] },
  { type: 'integration', pattern: 'integration' },
].map(element => ({ partialMatch: false, ...element }));

/** What a single file is to others. A file may be several things. */
const files = [
  { category: 'test', pattern: '**/*.test.ts' },
  { category: 'main', pattern: 'src/main.ts' },
  // serve.ts and the parts of it that stand beside it.
  {
    category: 'root',
    pattern: ['src/serve.ts', 'src/{adapters,room-settings,route-table,dry-run,foreign-hosts,known-credentials,version}.ts'],
  },
  { category: 'config', pattern: 'src/config.ts' },
  { category: 'door', pattern: ['src/*/index.ts', 'src/cluster/manifests/index.ts', 'src/cluster/routing/index.ts'] },
  { category: 'port', pattern: ['src/store/store.ts', 'src/cluster/cluster.ts'] },
  { category: 'shape', pattern: ['src/store/keys.ts', 'src/cluster/objects.ts'] },
  // What reads or writes the wire: routes, streams, DTOs, and the rules that point into a body.
  {
    category: 'edge',
    pattern: [
      'src/*/{routes,dto,parse,rules,views,schemas,streams}.ts',
      'src/*/*-{route,routes,dto}.ts',
      'src/deployments/{apps,diff,adoption}/{route,routes,schemas}.ts',
      'src/descriptors/pod-spec.ts',
      'src/descriptors/policy/*.ts',
    ],
  },
  { category: 'truth', pattern: ['src/deployments/record.ts', 'src/deployments/transitions.ts'] },
  { category: 'pure', pattern: ['src/lib/problem.ts', 'src/lib/nearest.ts'] },
];

const element = type => ({ element: { type } });
const category = categories => ({ file: { categories } });
const anyOf = (...types) => ({ element: { types: { anyOf: types } } });
const everyRoom = anyOf('plan', 'adapter', 'rendering', 'lib', 'http', 'cli', 'sandbox', 'dashboard', 'ports', 'feature');
const doors = type => ({ element: { type }, file: { categories: 'door' } });

/** A later policy wins over an earlier one. */
const policies = [
  { from: anyOf('adapter', 'rendering', 'http', 'cli', 'sandbox', 'dashboard', 'ports', 'feature'), allow: { to: element('lib') } },
  { from: anyOf('adapter', 'feature', 'http', 'sandbox', 'ports'), allow: { to: [category('port'), category('shape')] } },
  { from: anyOf('feature', 'http', 'rendering'), allow: { to: [doors('feature'), doors('rendering')] } },
  // Manifests and dialects are two halves of one thing.
  { from: element('rendering'), allow: { to: [category('shape'), element('rendering')] } },
  { from: element('adapter'), allow: { to: element('ports') } },
  // The toolkit serves the files that speak HTTP, nobody else.
  { from: { element: { type: 'feature' }, file: { categories: 'edge' } }, allow: { to: doors('http') } },
  { from: { element: { type: 'feature', captured: { room: 'sockets' } } }, allow: { to: doors('http') } },
  // A room's own inner element.
  { from: { element: { type: 'feature', captured: { room: 'deployments' } } }, allow: { to: element('plan') } },
  { from: element('plan'), allow: { to: [category('truth'), category('shape'), category('pure'), doors('feature'), doors('rendering')] } },
  // The repository's types describe a change; its doing stays outside.
  { from: element('plan'), dependency: { kind: 'type' }, allow: { to: { file: { path: 'src/deployments/repository.ts' } } } },
  {
    from: element('plan'),
    disallow: { to: { element: { type: 'feature', captured: { room: '!descriptors' } }, file: { categories: 'door' } } },
  },
  // Clients know the API by its types; at run time there is nothing to import.
  { from: anyOf('cli', 'dashboard'), dependency: { kind: 'type' }, allow: { to: element('contract') } },
  { from: category('config'), allow: { to: [element('lib'), doors('feature'), doors('rendering')] } },
  // The composition root knows every room; a command knows what it starts; main.ts only knows the commands.
  { from: category('root'), allow: { to: [everyRoom, category('config'), category('root')] } },
  {
    from: element('commands'),
    allow: {
      to: [
        category('root'),
        category('config'),
        element('lib'),
        category('shape'),
        category('port'),
        doors('cli'),
        doors('sandbox'),
        { element: { type: 'feature', captured: { room: 'access' } }, file: { categories: 'door' } },
      ],
    },
  },
  { from: category('main'), allow: { to: doors('commands') } },
  // Tests and black-box suites may build what they please.
  {
    from: [category('test'), element('testing'), element('integration')],
    allow: { to: [everyRoom, anyOf('testing', 'integration', 'commands', 'contract'), category('config')] },
  },
  { from: [category('test'), element('integration')], allow: { to: [category('root'), category('main')] } },
  { from: everyRoom, disallow: { to: category('test') } },
];

const clockAndChance = [
  { selector: ':function[async=true]', message: 'plan/ decides at once: no async.' },
  { selector: 'AwaitExpression', message: 'plan/ decides at once: no await.' },
  { selector: 'NewExpression[callee.name="Promise"]', message: 'plan/ decides at once: no promise.' },
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'plan/ is told the time: no clock.' },
  { selector: 'CallExpression[callee.name="Date"]', message: 'plan/ is told the time: no clock.' },
  { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: 'plan/ is told the time: no clock.' },
  { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: 'plan/ repeats itself: no randomness.' },
  { selector: 'ImportDeclaration[source.value=/^node:/]', message: 'plan/ is pure: nothing of the platform.' },
  { selector: 'ImportExpression', message: 'plan/ is pure: no dynamic import.' },
];

/** What needs no house rules - types, promises, style - is judged by oxlint (.oxlintrc.json), which takes a tenth of the time. */
export default [
  { ignores: ['src/contract/api.ts', 'dist/**', 'node_modules/**', 'coverage/**', '.teal/**', '**/*.js', '**/*.mjs', '**/*.cjs'] },
  // Comments that let something pass are oxlint's.
  { linterOptions: { reportUnusedDisableDirectives: 'off' } },
  { files: ['**/*.{ts,tsx}'], languageOptions: { parser } },
  {
    files: ['src/**/*.{ts,tsx}', 'integration/**/*.ts'],
    plugins: { boundaries },
    settings: {
      'boundaries/elements': elements,
      'boundaries/files': files,
      'boundaries/root-path': import.meta.dirname,
      'import/resolver': { node: { extensions: ['.ts', '.tsx', '.js'] } },
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          checkAllOrigins: false,
          message: 'House rule: {{from.file.path}} may not import {{to.file.path}}',
          policies,
        },
      ],
    },
  },
  {
    files: ['src/deployments/plan/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...clockAndChance],
      'no-restricted-globals': [
        'error',
        'performance',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'queueMicrotask',
        'process',
        'fetch',
        'crypto',
      ],
    },
  },
];
