import { defineConfig } from 'vite';

// All URLs are relative, so that the page works below any prefix; AddUi serves what is in static/.
export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    assetsDir: 'static',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  // For work on the page: npx vite, beside a server on its usual port.
  server: { proxy: { '/api': 'http://127.0.0.1:9090' } },
});
