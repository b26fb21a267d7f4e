import { defineConfig } from 'vite';

/** The pages, built into build/web, from where the server serves them. Everything is bundled: no other origin is asked. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  oxc: { jsx: { runtime: 'automatic' } },
  build: { outDir: '../build/web', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': 'http://127.0.0.1:7575' } },
});
