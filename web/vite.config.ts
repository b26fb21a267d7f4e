import { defineConfig } from 'vite';

/** The pages, built into build/web, from where the server serves them. Everything is bundled: no other origin is asked. */
export default defineConfig(({ command }) => ({
  root: import.meta.dirname,
  base: '/',
  oxc: { jsx: { runtime: 'automatic' } },
  // Also where tests build them: their NODE_ENV would bring the slow parts of React that are for its developers.
  define: command === 'build' ? { 'process.env.NODE_ENV': '"production"' } : {},
  worker: { format: 'es' },
  build: { outDir: '../build/web', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': 'http://127.0.0.1:7575' } },
}));
