/**
 * Builds the program: `src/main.ts` with its libraries as a few files in `dist/`. Reading thousands of files of libraries is more than half of the work of a start, and a third of the memory.
 * What a command loads only when it needs it stays a file of its own. `--packages` prints the folders of the packages that stay outside, with all that they depend on: the image carries them.
 */

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** They have native code, read files of their own, or keep what they know in a module that two parts of the program must share. */
const outside = ['classic-level', 'etcd3', 'class-transformer', 'swagger-ui-dist'];

/** Libraries in CommonJS expect these names. */
const commonJs = [
  "import { createRequire as requireOf } from 'node:module';",
  'const require = requireOf(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join('\n');

/** In a bundle, `await import()` of a package in CommonJS has no named exports, as it has them in node. So they are asked of node, and named. */
const namesOfPackagesLoadedLater: Plugin = {
  name: 'names of packages loaded later',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ kind, path, namespace }) =>
      kind === 'dynamic-import' && namespace === 'file' && !path.startsWith('node:') && !outside.includes(path)
        ? { path, namespace: 'later' }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'later' }, async ({ path }) => {
      const names = Object.keys((await import(path)) as object).filter(name => name !== 'module.exports');
      return { contents: `export { ${names.join(', ')} } from ${JSON.stringify(path)};`, resolveDir: root };
    });
  },
};

/** Tests build what they wrap around the program in the same way. */
export const bundling = {
  outdir: dist,
  bundle: true,
  splitting: true,
  chunkNames: '[name]-[hash]',
  external: outside,
  plugins: [namesOfPackagesLoadedLater],
  // The names of classes are those of schemas, and stand in stack traces.
  keepNames: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  banner: { js: commonJs },
  tsconfig: join(root, 'tsconfig.json'),
  logLevel: 'warning',
} satisfies BuildOptions;

/** Where node finds `name` when `from` asks for it. */
function folderOf(name: string, from: string): string | undefined {
  const found = join(from, 'node_modules', name);
  if (existsSync(found)) return found;
  return from === root || dirname(from) === from ? undefined : folderOf(name, dirname(from));
}

/** Folders of these packages and of all that they need, as installed. An optional one may be missing. */
function withAllTheyNeed(names: readonly string[], from = root, found = new Set<string>()): Set<string> {
  for (const folder of names.map(name => folderOf(name, from))) {
    if (folder === undefined || found.has(folder)) continue;
    found.add(folder);
    const needs = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, Record<string, string> | undefined>;
    withAllTheyNeed(Object.keys({ ...needs['dependencies'], ...needs['optionalDependencies'] }), folder, found);
  }
  return found;
}

/** What the licences of the bundled packages ask for: their text goes where their code goes. */
function licencesOf(modules: readonly string[]): string {
  const folders = modules.flatMap(module => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(module)?.[1] ?? []);
  return [...new Set(folders)]
    .sort()
    .map(folder => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Record<string, string>;
      const texts = readdirSync(join(root, folder)).filter(file => /^(licen[cs]e|copying|notice)/i.test(file));
      const title = `${name ?? ''} ${version ?? ''} (${license ?? ''})`;
      return [title, '='.repeat(title.length), ...texts.map(file => readFileSync(join(root, folder, file), 'utf8').trim())].join('\n\n');
    })
    .join('\n\n\n');
}

async function bundleProgram(): Promise<void> {
  const earlier = existsSync(dist) ? readdirSync(dist).filter(name => /\.m?js(\.map)?$/.test(name)) : [];
  for (const name of earlier) rmSync(join(dist, name));
  const { metafile } = await build({ ...bundling, entryPoints: [join(root, 'src/main.ts')], metafile: true });
  writeFileSync(join(dist, 'licences.txt'), `${licencesOf(Object.keys(metafile.inputs))}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--packages')) for (const folder of withAllTheyNeed(outside)) console.log(relative(root, folder));
  else await bundleProgram();
}
