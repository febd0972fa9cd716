import { defineConfig } from 'vite';

/** Where `npm run console` finds a running service. */
const SERVICE = 'http://127.0.0.1:3000';

export default defineConfig({
  root: import.meta.dirname,
  // Everything is a separate file: the Content-Security-Policy allows nothing inline, and no run-time download.
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
  server: {
    proxy: { '/api': SERVICE, '/events': SERVICE, '/openapi.json': SERVICE },
  },
});
