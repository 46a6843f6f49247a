/*
 * What child processes may see of our own environment. An allow-list, because ours can hold the port's secrets, and
 * CLAUDE_CODE_* of a session we were started from.
 */

const systemNames = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SSH_AUTH_SOCK',
  'SSH_AGENT_PID',
  'GPG_AGENT_INFO',
  'GNUPGHOME',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'DBUS_SESSION_BUS_ADDRESS',
  'EDITOR',
  'VISUAL',
  'PAGER',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NVM_DIR',
  'VOLTA_HOME',
  'PNPM_HOME',
  'CARGO_HOME',
  'RUSTUP_HOME',
  'GOPATH',
  'JAVA_HOME',
  'PYENV_ROOT',
  'VIRTUAL_ENV',
  'SYSTEMROOT',
  'SystemRoot',
  'WINDIR',
  'COMSPEC',
  'ComSpec',
  'PATHEXT',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
  'USERNAME',
  'HOMEDRIVE',
  'HOMEPATH',
  'PROGRAMDATA',
  'ProgramData',
  'PROGRAMFILES',
  'ProgramFiles',
  'GIT_AUTHOR_NAME',
  'GIT_AUTHOR_EMAIL',
  'GIT_COMMITTER_NAME',
  'GIT_COMMITTER_EMAIL',
  'GIT_SSH_COMMAND',
  'GIT_CONFIG_GLOBAL',
];
const systemPrefixes = ['LC_', 'XDG_', 'HOMEBREW_'];

const claudeNames = [
  'CLAUDE_CONFIG_DIR',
  'CLAUDE_CODE_OAUTH_TOKEN',
  'CLAUDE_CODE_MAX_RETRIES',
  'CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'CLAUDE_CODE_USE_FOUNDRY',
  'CLAUDE_CODE_SKIP_BEDROCK_AUTH',
  'CLAUDE_CODE_SKIP_VERTEX_AUTH',
  'CLAUDE_CODE_GIT_BASH_PATH',
  'API_TIMEOUT_MS',
  'DISABLE_TELEMETRY',
  'DISABLE_ERROR_REPORTING',
  'IS_SANDBOX',
  'CLOUD_ML_REGION',
];
const claudePrefixes = ['ANTHROPIC_', 'AWS_', 'GOOGLE_', 'VERTEX_REGION_'];

/** What a user's own shell and git see. */
export function systemEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  return pick(own, systemNames, systemPrefixes);
}

/** What a worker sees: the system's variables, the model's credential and endpoint, and what keeps the CLI quiet. */
export function workerEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  return {
    ...systemEnvironment(own),
    ...pick(own, claudeNames, claudePrefixes),
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: '1',
    CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: '1',
  };
}

/** What GitHub's own program needs beside the system's variables; nobody else sees it. */
export function gitHubEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  return pick(
    own,
    ['GH_TOKEN', 'GITHUB_TOKEN', 'GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN', 'GH_HOST', 'GH_CONFIG_DIR'],
    [],
  );
}

function pick(own: NodeJS.ProcessEnv, names: readonly string[], prefixes: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined) continue;
    if (names.includes(name) || prefixes.some((prefix) => name.startsWith(prefix))) picked[name] = value;
  }
  return picked;
}
