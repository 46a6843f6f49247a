import type { ICruiseOptions, IForbiddenRuleType } from 'dependency-cruiser';

const tests = '\\.test\\.tsx?$';

/** The import rules of ARCHITECTURE.md. Each has a tree in import-rules.test.ts that breaks it. */
export const importRules: IForbiddenRuleType[] = [
  {
    name: 'no-circular',
    comment: 'Two files that need each other are one file, or miss a third.',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'shared-imports-only-zod-and-contract',
    comment: 'The contract is data: every surface and the page load it.',
    severity: 'error',
    from: { path: '^shared/', pathNot: tests },
    to: { pathNot: ['^shared/', '(^|/)node_modules/zod/', '(^|/)node_modules/@orpc/contract/'] },
  },
  {
    name: 'page-stays-a-page',
    comment: 'The page reaches everything through the contract; it runs in a browser.',
    severity: 'error',
    from: { path: '^renderer/', pathNot: [tests, '^renderer/testing/'] },
    to: {
      path: [
        '^(main|preload|scripts)/',
        '(^|/)node_modules/(electron|electron-store|electron-updater|better-sqlite3|node-pty|fastify|pino|pino-roll|ws|@parcel/watcher|@orpc/server)/',
      ],
    },
  },
  {
    name: 'page-without-node',
    comment: 'Nothing of Node exists in a browser.',
    severity: 'error',
    from: { path: '^renderer/', pathNot: [tests, '^renderer/testing/'] },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'features-apart',
    comment: 'Features meet in main/orchestrator/index.ts, which passes functions.',
    severity: 'error',
    from: { path: '^main/orchestrator/([^/]+)/.+', pathNot: tests },
    to: {
      path: '^main/orchestrator/([^/]+)/.+',
      pathNot: [
        '^main/orchestrator/$1/',
        // Foundations, not features: the state's database, and the adapters for git, the Claude CLI, the host and the machine's processes.
        '^main/orchestrator/(database|git|claude|host|processes)/',
      ],
    },
  },
  {
    name: 'foundations-below-features',
    comment: 'The database and the adapters know no feature.',
    severity: 'error',
    from: { path: '^main/orchestrator/(database|git|claude|host|processes)/', pathNot: tests },
    to: {
      path: '^main/orchestrator/([^/]+)/.+',
      pathNot: ['^main/orchestrator/(database|git|claude|host|processes)/'],
    },
  },
  {
    name: 'electron-only-in-desktop',
    comment: 'Everything else also runs in plain Node.',
    severity: 'error',
    from: { pathNot: ['^main/desktop(/|\\.ts$)', '^preload/', '^scripts/'] },
    to: { path: '(^|/)node_modules/(electron|electron-store|electron-updater)/' },
  },
  {
    name: 'orchestrator-without-surface',
    comment: 'Surfaces carry the contract to the orchestrator, never the other way.',
    severity: 'error',
    from: { path: '^main/orchestrator/', pathNot: tests },
    to: { path: '^main/(server/|desktop/|desktop\\.ts$|headless\\.ts$)' },
  },
  {
    name: 'surfaces-use-the-front-door',
    comment: 'A surface knows main/orchestrator/index.ts and nothing behind it.',
    severity: 'error',
    from: { path: '^main/(server/|desktop/|desktop\\.ts$|headless\\.ts$)', pathNot: tests },
    to: { path: '^main/orchestrator/', pathNot: '^main/orchestrator/index\\.ts$' },
  },
  {
    name: 'pty-only-in-host',
    comment: 'One importer of node-pty: the host, which outlives the app.',
    severity: 'error',
    from: { pathNot: ['^main/host/', '^scripts/'] },
    to: { path: '(^|/)node_modules/node-pty/' },
  },
  {
    name: 'host-stands-alone',
    comment: 'The host survives upgrades of the app: it knows nothing of it.',
    severity: 'error',
    from: { path: '^main/host(/|\\.ts$)', pathNot: tests },
    to: { path: '^(main|shared)/', pathNot: '^main/host/' },
  },
  {
    name: 'sqlite-only-in-database',
    comment: 'One importer of better-sqlite3.',
    severity: 'error',
    from: { pathNot: ['^main/orchestrator/database/', '^scripts/'] },
    to: { path: '(^|/)node_modules/better-sqlite3/' },
  },
  {
    name: 'no-test-material-in-the-product',
    comment: 'Tests and their material stay out of what is shipped.',
    severity: 'error',
    from: { path: '^(main|shared|renderer|preload)/', pathNot: [tests, '/testing/'] },
    to: { path: [tests, '^(main|renderer)/testing/', '^scripts/'] },
  },
  {
    name: 'no-unresolvable',
    comment: 'An import that leads nowhere.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true, pathNot: ['\\?'] },
  },
];

/** How imports are read and resolved. */
export const cruiseOptions: ICruiseOptions = {
  doNotFollow: { path: 'node_modules' },
  exclude: { path: '^(dist|release)/' },
  tsPreCompilationDeps: true,
  combinedDependencies: false,
  enhancedResolveOptions: {
    exportsFields: ['exports'],
    conditionNames: ['import', 'require', 'node', 'default', 'types'],
    extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    mainFields: ['module', 'main', 'types'],
  },
};
