/** How the page is built: relative addresses, so that it works behind a path prefix, and nothing inline, so that the strictest policy holds. */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  root: here,
  base: './',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../../dist/dashboard', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    // Everything stays a file of its own: the policy allows no data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // A build that others slow down is no plugin's fault.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
});
