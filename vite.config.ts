import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type EnvironmentOptions, type Plugin } from 'vite';

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

/** Programs of the Node side: output name and entry. Each becomes dist/main/NAME.js. */
const programs = {
  desktop: 'main/desktop.ts',
  headless: 'main/headless.ts',
  host: 'main/host.ts',
  'screen-parser': 'main/orchestrator/terminals/screen-parser.ts',
  'session-indexer': 'main/orchestrator/sessions/indexer-thread.ts',
  'session-reader': 'main/orchestrator/sessions/reader-thread.ts',
  'session-digest': 'main/orchestrator/compression/digest-thread.ts',
  'session-meaning': 'main/orchestrator/sessions/meaning-thread.ts',
  backup: 'main/orchestrator/backups/backup-thread.ts',
  maintenance: 'main/orchestrator/maintenance/maintenance-thread.ts',
};

/**
 * What stays an import at run time: native modules, which are the package's `dependencies`, and Electron. Everything else is
 * bundled, which halves the start (one file instead of some two thousand).
 */
const external = ['electron', 'better-sqlite3', 'node-pty'];

const nodeSide: EnvironmentOptions = {
  consumer: 'server',
  resolve: { noExternal: true, external },
  build: {
    outDir: 'dist/main',
    emptyOutDir: true,
    // Node 20.18 is the oldest that runs it: Electron 33's Node, and the system's where npm's own `node` is not used.
    target: 'node20',
    minify: false,
    sourcemap: true,
    copyPublicDir: false,
    ssr: true,
    rolldownOptions: {
      platform: 'node',
      input: Object.fromEntries(
        Object.entries(programs)
          .map(([name, entry]) => [name, path(entry)] as const)
          .filter(([, entry]) => existsSync(entry)),
      ),
      external,
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
};

const preload: EnvironmentOptions = {
  // A sandboxed preload cannot import: it has to be one CommonJS file.
  consumer: 'client',
  build: {
    outDir: 'dist/preload',
    emptyOutDir: true,
    target: 'chrome130',
    minify: false,
    copyPublicDir: false,
    modulePreload: false,
    rolldownOptions: {
      input: { preload: path('preload/preload.ts') },
      external: ['electron'],
      output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
    },
  },
};

/** A page that names hosts outside would break the Content-Security-Policy at run time; this breaks the build instead. */
function noInlineScript(): Plugin {
  return {
    name: 'no-inline-script',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html) {
        if (/<script(?![^>]*\ssrc=)[^>]*>/.test(html)) {
          throw new Error('renderer/index.html holds an inline script, which the Content-Security-Policy forbids.');
        }
      },
    },
  };
}

/**
 * What the page loads first is read and run before anything is painted: schemas of the contract, which only the orchestrator
 * needs, cost a quarter of the start.
 */
function firstBundleWithout(...names: string[]): Plugin {
  return {
    name: 'first-bundle-without',
    apply: 'build',
    generateBundle(_options, bundle) {
      const first = new Set(
        Object.values(bundle).flatMap((file) => (file.type === 'chunk' && file.isEntry ? [file.fileName] : [])),
      );
      for (const fileName of first) {
        const chunk = bundle[fileName];
        if (chunk?.type !== 'chunk') continue;
        for (const imported of chunk.imports) first.add(imported);
        const found = chunk.moduleIds.find((id) => names.some((name) => id.includes(`/node_modules/${name}/`)));
        if (found && this.environment.name === 'client')
          throw new Error(
            `The page's first bundle holds ${found}: take what it needs of shared/ out of a file with schemas.`,
          );
      }
    },
  };
}

export default defineConfig({
  root: path('renderer'),
  // The page is served by the port at / and by the desktop app at app://control-room/.
  base: '/',
  plugins: [react(), tailwindcss(), noInlineScript(), firstBundleWithout('zod')],
  environments: {
    client: {
      build: {
        outDir: path('dist/renderer'),
        emptyOutDir: true,
        // Electron 33 brings Chromium 130; the browsers of the last two years have all it has.
        target: ['chrome130', 'firefox128', 'safari17.4'],
        // A data: URL for a font or script is not allowed by the Content-Security-Policy.
        assetsInlineLimit: 0,
        rolldownOptions: { input: path('renderer/index.html') },
      },
    },
    main: { ...nodeSide, build: { ...nodeSide.build, outDir: path('dist/main') } },
    preload: { ...preload, build: { ...preload.build, outDir: path('dist/preload') } },
  },
  builder: {
    async buildApp(builder) {
      const { client, main, preload } = builder.environments;
      if (main) await builder.build(main);
      if (preload && existsSync(path('preload/preload.ts'))) await builder.build(preload);
      if (client && existsSync(path('renderer/index.html'))) await builder.build(client);
    },
  },
  server: { host: '127.0.0.1', strictPort: false },
});
