import { defineConfig } from 'vite';

/** The pages, built into build/web, from where the server serves them. Everything is bundled: no other origin is asked. */
export default defineConfig(({ command }) => {
  const builds = command === 'build';
  // Tests build the pages as well: their NODE_ENV would bring the slow parts of React that are for its developers.
  if (builds) process.env.NODE_ENV = 'production';
  return {
    root: import.meta.dirname,
    base: '/',
    oxc: { jsx: { runtime: 'automatic', development: !builds } },
    define: builds ? { 'process.env.NODE_ENV': '"production"' } : {},
    worker: { format: 'es' },
    build: { outDir: '../build/web', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
    server: { proxy: { '/api': 'http://127.0.0.1:7575' } },
  };
});
