/** Who may import whom, what plan/ may touch, and which mistakes no commit may carry. DESIGN in one file: `from` rooms, `to` doors. */

import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

const tests = ['**/*.test.ts', 'integration/**/*.ts', 'src/testing/**/*.ts'];

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
    pattern: ['src/serve.ts', 'src/route-table.ts', 'src/dry-run.ts', 'src/foreign-hosts.ts', 'src/known-credentials.ts', 'src/version.ts'],
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
  { from: element('cli'), allow: { to: category('config') } },
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

export default tseslint.config(
  // The types of the contract are written by a generator.
  { ignores: ['src/contract/api.ts', 'dist/**', 'node_modules/**', 'coverage/**', '.teal/**', '**/*.js', '**/*.mjs', '**/*.cjs'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './src/dashboard/tsconfig.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // `() => stop()` reads better than a block, and the types say what comes back.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // A check of what the wire may really send is not unnecessary because a type promises otherwise.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Small factories return async methods that keep a port's shape.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      // Methods of our factories use no `this`; interfaces are written as methods because that reads better.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-dynamic-delete': 'off',
      // A third of the whole time, for enums and class instances that pass as each other: there are no enums here, and hardly a class.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-empty-function': ['error', { allow: ['arrowFunctions', 'methods'] }],
      'no-console': 'error',
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '(^|/)(util|utils|helpers|common)(\\.ts)?$', message: 'Name the file after what it is about.' }] },
      ],
    },
  },
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
  {
    // Objects of the cluster are raw JSON on purpose (a typed model would drop fields newer than itself), so `any` flows here.
    files: ['src/cluster/**/*.ts', 'src/deployments/**/*.ts', 'src/sandbox/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    files: ['src/cli/**/*.ts', 'src/main.ts', 'integration/run.ts', 'integration/bench/**/*.ts', 'deploy/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  // One table, read from top to bottom.
  { files: ['src/config.ts'], rules: { 'max-lines': ['error', { max: 450, skipBlankLines: true, skipComments: true }] } },
  {
    files: tests,
    rules: {
      '@typescript-eslint/no-extraneous-class': 'off',
      'max-lines': ['error', { max: 700, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
    },
  },
);
