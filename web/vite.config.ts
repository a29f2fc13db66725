import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** The daemon that `npm run dev` talks to, as `xchat --port` was told. */
const daemon = process.env['XCHAT_DAEMON'] ?? 'http://127.0.0.1:7400';

export default defineConfig({
  plugins: [svelte()],
  resolve: process.env['VITEST'] === undefined ? {} : { conditions: ['browser'] },
  build: {
    outDir: '../crates/app/page',
    emptyOutDir: true,
    // The first with light-dark(), which the colours are written in.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    sourcemap: false,
    // The content security policy allows neither inline scripts nor inlined files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      // The daemon refuses foreign hosts and origins, so the proxy speaks as the daemon's own page.
      '/api': { target: daemon, changeOrigin: true, ws: true, headers: { origin: daemon } },
    },
  },
  test: {
    environment: 'happy-dom',
    setupFiles: ['tests/setup.ts'],
    include: ['tests/**/*.test.ts', 'src/**/*.test.ts'],
  },
});
