import type { OptionName } from './options.ts';

export const guides = ['Collab', 'Dashboard', 'Jules Control Room', 'Intelligence', 'CCA'] as const;
export type Guide = (typeof guides)[number];

/** A name of a guide's configuration: the option it is here, or why it is none. */
export interface GuideName {
  guide: Guide;
  /** A variable, or the path in a YAML or TOML file (`server.port`). */
  name: string;
  option?: OptionName;
  /** What to know of it, and why it does nothing where it is no option. */
  note?: string;
}

const always = 'Nothing depends on it here; it may stay.';
const notBuilt = 'is not built yet; the value is not read.';
const oneMachine =
  'Everything is kept in SQLite on this machine; no server is needed. Sharing between machines is not built yet.';
const nodeLimit = 'It sets up the runtime of a program in Go; Node has its own limits.';

/** Every name of the five guides' configuration, as they write it. `docs/guides.md` and the import are made from it. */
export const guideNames: readonly GuideName[] = [
  { guide: 'Collab', name: 'PORT', option: 'port' },
  { guide: 'Collab', name: 'NODE_ENV', note: always },
  {
    guide: 'Collab',
    name: 'DB_PATH',
    option: 'databasePath',
    note: 'A database of Collab itself cannot be taken over.',
  },
  { guide: 'Collab', name: 'JWT_SECRET', option: 'jwtSecret', note: 'Made at the first start where it is not given.' },
  { guide: 'Collab', name: 'JWT_EXPIRES_IN', option: 'jwtExpiresIn' },
  { guide: 'Collab', name: 'MAX_WORKERS', option: 'maxWorkers' },
  { guide: 'Collab', name: 'RATE_LIMIT_WINDOW', option: 'rateLimitWindow' },
  { guide: 'Collab', name: 'RATE_LIMIT_MAX', option: 'rateLimitMax' },
  { guide: 'Collab', name: 'LINEAR_API_KEY', note: `Linear issues as tasks: that ${notBuilt}` },
  { guide: 'Collab', name: 'LINEAR_MCP_ENABLED', note: `Linear issues as tasks: that ${notBuilt}` },
  { guide: 'Collab', name: 'LOG_LEVEL', option: 'logLevel' },
  {
    guide: 'Collab',
    name: 'BACKUP_DIR',
    note: 'A name of the guide’s own shell script. Our folder is DATABASE_BACKUP_PATH.',
  },

  { guide: 'Dashboard', name: 'JWT_SECRET', option: 'jwtSecret' },
  { guide: 'Dashboard', name: 'ALLOWED_PROJECT_ROOTS', option: 'allowedProjectRoots' },
  { guide: 'Dashboard', name: 'ALLOWED_FILE_ROOTS', option: 'allowedFileRoots' },
  { guide: 'Dashboard', name: 'IMAGE_TAG', note: 'It chooses a container image of the guide’s own deployment.' },

  { guide: 'Jules Control Room', name: 'JULES_API_KEY', note: `Jules sessions beside local ones: that ${notBuilt}` },
  { guide: 'Jules Control Room', name: 'JULES_API_BASE', note: `Jules sessions beside local ones: that ${notBuilt}` },
  { guide: 'Jules Control Room', name: 'LOCAL_TOKEN', option: 'token' },
  { guide: 'Jules Control Room', name: 'PORT', option: 'port' },
  { guide: 'Jules Control Room', name: 'ALLOWLIST', option: 'allowlist' },
  { guide: 'Jules Control Room', name: 'CORS_ORIGIN', option: 'corsOrigin' },
  { guide: 'Jules Control Room', name: 'PERSIST', option: 'persist', note: 'Everything is always kept; 0 is refused.' },
  { guide: 'Jules Control Room', name: 'NOTIFY_WEBHOOK', option: 'notifyWebhook' },

  { guide: 'Intelligence', name: 'SERVER_PORT', option: 'port' },
  { guide: 'Intelligence', name: 'SERVER_HOST', option: 'host', note: 'An address that others reach needs ALLOWLIST.' },
  { guide: 'Intelligence', name: 'LOG_LEVEL', option: 'logLevel' },
  { guide: 'Intelligence', name: 'DATABASE_PATH', option: 'databasePath' },
  { guide: 'Intelligence', name: 'DATABASE_BACKUP_PATH', option: 'backupFolder' },
  { guide: 'Intelligence', name: 'OLLAMA_HOST', option: 'ollamaHost' },
  { guide: 'Intelligence', name: 'OLLAMA_PORT', option: 'ollamaPort' },
  { guide: 'Intelligence', name: 'OLLAMA_TIMEOUT', option: 'ollamaTimeout' },
  { guide: 'Intelligence', name: 'API_KEY_ENABLED', option: 'requireAuth', note: 'Always true; false is refused.' },
  { guide: 'Intelligence', name: 'RATE_LIMIT_ENABLED', option: 'rateLimitEnabled' },
  { guide: 'Intelligence', name: 'DEFAULT_RATE_LIMIT', option: 'defaultRateLimit' },
  { guide: 'Intelligence', name: 'CACHE_ENABLED', option: 'cacheEnabled' },
  { guide: 'Intelligence', name: 'CACHE_SIZE_MB', option: 'cacheSizeMb' },
  { guide: 'Intelligence', name: 'METRICS_ENABLED', option: 'metricsEnabled' },
  { guide: 'Intelligence', name: 'HEALTH_CHECK_INTERVAL', option: 'healthCheckInterval' },
  { guide: 'Intelligence', name: 'GOGC', note: nodeLimit },
  { guide: 'Intelligence', name: 'GOMAXPROCS', note: nodeLimit },
  { guide: 'Intelligence', name: 'GOMEMLIMIT', note: nodeLimit },
  { guide: 'Intelligence', name: 'server.host', option: 'host' },
  { guide: 'Intelligence', name: 'server.port', option: 'port' },
  { guide: 'Intelligence', name: 'server.read_timeout', note: 'Fixed: a request has 20 s, its headers 10 s.' },
  {
    guide: 'Intelligence',
    name: 'server.write_timeout',
    note: 'Fixed: a client that does not take what is written is cut off by how much waits for it.',
  },
  { guide: 'Intelligence', name: 'server.idle_timeout', note: 'Fixed, as Node closes connections that rest.' },
  { guide: 'Intelligence', name: 'database.type', note: oneMachine },
  { guide: 'Intelligence', name: 'database.path', option: 'databasePath' },
  { guide: 'Intelligence', name: 'database.backup_path', option: 'backupFolder' },
  { guide: 'Intelligence', name: 'database.auto_backup', option: 'autoBackup' },
  { guide: 'Intelligence', name: 'database.backup_interval', option: 'backupInterval' },
  { guide: 'Intelligence', name: 'database.max_backups', option: 'maxBackups' },
  { guide: 'Intelligence', name: 'ollama.host', option: 'ollamaHost' },
  { guide: 'Intelligence', name: 'ollama.port', option: 'ollamaPort' },
  { guide: 'Intelligence', name: 'ollama.timeout', option: 'ollamaTimeout' },
  { guide: 'Intelligence', name: 'ollama.retry_attempts', option: 'ollamaRetries' },
  {
    guide: 'Intelligence',
    name: 'ollama.retry_delay',
    note: 'The pause between attempts grows by itself, with chance in it.',
  },
  { guide: 'Intelligence', name: 'ollama.models', option: 'ollamaModels' },
  {
    guide: 'Intelligence',
    name: 'security.api_key_required',
    option: 'requireAuth',
    note: 'Always true; false is refused.',
  },
  { guide: 'Intelligence', name: 'security.cors_enabled', note: 'Other origins are let in by name, with CORS_ORIGIN.' },
  { guide: 'Intelligence', name: 'security.rate_limiting.enabled', option: 'rateLimitEnabled' },
  { guide: 'Intelligence', name: 'security.rate_limiting.default_limit', option: 'defaultRateLimit' },
  {
    guide: 'Intelligence',
    name: 'security.rate_limiting.burst_limit',
    note: 'A window has one limit; RATE_LIMIT_MAX is it.',
  },
  { guide: 'Intelligence', name: 'monitoring.metrics_enabled', option: 'metricsEnabled' },
  { guide: 'Intelligence', name: 'monitoring.health_check_interval', option: 'healthCheckInterval' },
  { guide: 'Intelligence', name: 'monitoring.prometheus_endpoint', note: 'Always /metrics.' },

  { guide: 'CCA', name: 'CCA__REDIS__URL', note: oneMachine },
  { guide: 'CCA', name: 'CCA__POSTGRES__URL', note: oneMachine },
  {
    guide: 'CCA',
    name: 'CCA__DAEMON__API_KEYS',
    option: 'apiKeys',
    note: 'Each is a credential with full access; 16 characters or more.',
  },
  { guide: 'CCA', name: 'CCA__DAEMON__REQUIRE_AUTH', option: 'requireAuth', note: 'Always true; false is refused.' },
  { guide: 'CCA', name: 'CCA__AGENTS__CLAUDE_PATH', option: 'claudePath' },
  { guide: 'CCA', name: 'CCA__DAEMON__BIND_ADDRESS', option: 'bindAddress' },
  { guide: 'CCA', name: 'CCA__DAEMON__MAX_AGENTS', option: 'maxWorkers' },
  {
    guide: 'CCA',
    name: 'CCA_CONFIG',
    note: 'Ours is config.json of the data folder: control-room config import FILE takes a TOML file over.',
  },
  { guide: 'CCA', name: 'RUST_LOG', note: 'It is for programs in Rust, and set for others too. Ours is LOG_LEVEL.' },
  { guide: 'CCA', name: 'REDIS_URL', note: oneMachine },
  { guide: 'CCA', name: 'DATABASE_URL', note: oneMachine },
  { guide: 'CCA', name: 'POSTGRES_PASSWORD', note: oneMachine },
  {
    guide: 'CCA',
    name: 'API_KEYS',
    note: 'A name of the guide’s compose file, which hands it on as CCA__DAEMON__API_KEYS.',
  },
  { guide: 'CCA', name: 'daemon.bind_address', option: 'bindAddress' },
  { guide: 'CCA', name: 'daemon.log_level', option: 'logLevel' },
  { guide: 'CCA', name: 'daemon.max_agents', option: 'maxWorkers' },
  { guide: 'CCA', name: 'daemon.require_auth', option: 'requireAuth', note: 'Always true; false is refused.' },
  { guide: 'CCA', name: 'redis.url', note: oneMachine },
  { guide: 'CCA', name: 'redis.pool_size', note: oneMachine },
  { guide: 'CCA', name: 'redis.context_ttl_seconds', note: oneMachine },
  { guide: 'CCA', name: 'postgres.url', note: oneMachine },
  { guide: 'CCA', name: 'postgres.pool_size', note: oneMachine },
  { guide: 'CCA', name: 'postgres.max_connections', note: oneMachine },
  {
    guide: 'CCA',
    name: 'agents.default_timeout_seconds',
    option: 'timeoutSeconds',
    note: 'Counts time at work, not time spent waiting for a person.',
  },
  {
    guide: 'CCA',
    name: 'agents.context_compression',
    note: 'Claude Code compresses its context by itself; a worker can be told to at any time.',
  },
  { guide: 'CCA', name: 'agents.token_budget_per_task', option: 'tokenBudget' },
  { guide: 'CCA', name: 'agents.claude_path', option: 'claudePath' },
  {
    guide: 'CCA',
    name: 'agents.permissions.mode',
    note: 'Chosen for each worker; allowlist is what holds unless one says otherwise.',
  },
  { guide: 'CCA', name: 'agents.permissions.allowed_tools', option: 'allowedTools' },
  { guide: 'CCA', name: 'agents.permissions.denied_tools', option: 'deniedTools' },
  { guide: 'CCA', name: 'agents.permissions.allow_network', option: 'allowNetwork' },
  { guide: 'CCA', name: 'acp.websocket_port', note: 'WebSockets are served at /ws of the one port.' },
  { guide: 'CCA', name: 'acp.reconnect_interval_ms', note: 'Clients come back by themselves, with growing pauses.' },
  { guide: 'CCA', name: 'acp.max_reconnect_attempts', note: 'Clients try until they are back.' },
];
