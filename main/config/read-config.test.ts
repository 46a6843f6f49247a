import { expect, test } from 'vitest';
import { readConfig } from './read-config.ts';

const held = (environment: Record<string, string>) =>
  readConfig({ dataDir: '/nowhere/control-room' }, environment).lockedSettings;

test('variables hold the settings of Ollama, in the forms that Ollama itself takes', () => {
  expect(held({ OLLAMA_HOST: 'localhost', OLLAMA_PORT: '1234', OLLAMA_TIMEOUT: '45s', CACHE_SIZE_MB: '12' })).toEqual({
    ollamaHost: { value: 'localhost', by: 'OLLAMA_HOST' },
    ollamaPort: { value: 1234, by: 'OLLAMA_PORT' },
    ollamaTimeoutSeconds: { value: 45, by: 'OLLAMA_TIMEOUT' },
    compressionCacheMib: { value: 12, by: 'CACHE_SIZE_MB' },
  });
  expect(held({ OLLAMA_HOST: 'http://192.168.0.7:8080/' })).toEqual({
    ollamaHost: { value: '192.168.0.7', by: 'OLLAMA_HOST' },
    ollamaPort: { value: 8080, by: 'OLLAMA_HOST' },
  });
  expect(held({ OLLAMA_HOST: '[::1]:11434' }).ollamaHost?.value).toBe('[::1]');
  expect(held({})).toEqual({});
});

test('one that fits nothing is named', () => {
  expect(() => held({ OLLAMA_HOST: 'a:b:c' })).toThrow('OLLAMA_HOST ("a:b:c") does not fit: must be a host');
  expect(() => held({ OLLAMA_TIMEOUT: 'soon' })).toThrow('OLLAMA_TIMEOUT');
});

test('variables hold who may connect, and how often', () => {
  const given = {
    HOST: '[::1]',
    PORT: '4000',
    ALLOWLIST: '192.168.1.0/24, 10.0.0.0/8',
    CORS_ORIGIN: 'https://rooms.example.org',
    TRUSTED_PROXIES: '127.0.0.1',
    TLS: 'true',
    RATE_LIMIT_WINDOW: '30000',
    RATE_LIMIT_MAX: '50',
  };
  expect(Object.fromEntries(Object.entries(held(given)).map(([name, lock]) => [name, lock?.value]))).toEqual({
    listenHost: '::1',
    listenPort: 4000,
    allowlist: ['192.168.1.0/24', '10.0.0.0/8'],
    corsOrigins: ['https://rooms.example.org'],
    trustedProxies: ['127.0.0.1'],
    tls: true,
    rateLimitWindowMs: 30_000,
    rateLimitMax: 50,
  });
  expect(held({ RATE_LIMIT_ENABLED: 'false' }).rateLimitMax).toEqual({ value: 0, by: 'RATE_LIMIT_ENABLED' });
  expect(() => held({ ALLOWLIST: 'everybody' })).toThrow('ALLOWLIST ("everybody") does not fit: is not a network');
  expect(() => held({ CORS_ORIGIN: '*' })).toThrow('is not an origin');
});

test('credentials come from variables, and what is wrong with one is told without showing it', () => {
  const accessOf = (environment: Record<string, string>) =>
    readConfig({ dataDir: '/nowhere/control-room' }, environment).access;
  const secret = 's'.repeat(40);
  expect(
    accessOf({ LOCAL_TOKEN: 'mine', JWT_SECRET: secret, JWT_SECRET_PREVIOUS: 'p'.repeat(32), JWT_EXPIRES_IN: '2h' }),
  ).toEqual({
    localToken: { token: 'mine', by: 'LOCAL_TOKEN' },
    furtherTokens: [],
    jwtSecret: { secret, previous: 'p'.repeat(32) },
    jwtExpiresInMs: 7_200_000,
    defaultKeyRateLimit: null,
  });
  expect(accessOf({ DEFAULT_RATE_LIMIT: '100' })).toMatchObject({
    localToken: null,
    jwtSecret: null,
    jwtExpiresInMs: 86_400_000,
    defaultKeyRateLimit: 100,
  });
  expect(() => accessOf({ JWT_SECRET: 'canary' })).toThrow(/^JWT_SECRET does not fit: must have 32/);
  expect(() => accessOf({ JWT_EXPIRES_IN: 'soon' })).toThrow('must be a time such as 24h');
});

test('what other programs of this kind call the same is read too, and ours wins', () => {
  const shown = (environment: Record<string, string>) =>
    Object.fromEntries(Object.entries(held(environment)).map(([name, lock]) => [name, [lock?.value, lock?.by]]));
  expect(shown({ SERVER_HOST: '0.0.0.0', SERVER_PORT: '8080', CCA__DAEMON__MAX_AGENTS: '20' })).toEqual({
    listenHost: ['0.0.0.0', 'SERVER_HOST'],
    listenPort: [8080, 'SERVER_PORT'],
    maxWorkers: [20, 'CCA__DAEMON__MAX_AGENTS'],
  });
  expect(shown({ SERVER_HOST: '0.0.0.0', SERVER_PORT: '8080', HOST: '127.0.0.1', PORT: '4000' })).toEqual({
    listenHost: ['127.0.0.1', 'HOST'],
    listenPort: [4000, 'PORT'],
  });
  expect(shown({ MAX_WORKERS: '3', CCA__DAEMON__MAX_AGENTS: '20' })).toEqual({ maxWorkers: [3, 'MAX_WORKERS'] });
  // One that is empty is not given.
  expect(shown({ PORT: '', SERVER_PORT: '8080' })).toEqual({ listenPort: [8080, 'SERVER_PORT'] });
  expect(() => shown({ SERVER_PORT: '99999' })).toThrow('SERVER_PORT ("99999") does not fit');
  const claudeOf = (environment: Record<string, string>) =>
    readConfig({ dataDir: '/nowhere/control-room' }, environment).claudePath;
  expect(claudeOf({ CCA__AGENTS__CLAUDE_PATH: '/opt/claude' })).toBe('/opt/claude');
  expect(claudeOf({ CCA__AGENTS__CLAUDE_PATH: '/opt/claude', CLAUDE_PATH: '/usr/bin/claude' })).toBe('/usr/bin/claude');
});

test('an address with its port holds both, unless one of them is given by itself', () => {
  const by = 'CCA__DAEMON__BIND_ADDRESS';
  expect(held({ [by]: '0.0.0.0:9200' })).toEqual({
    listenHost: { value: '0.0.0.0', by },
    listenPort: { value: 9200, by },
  });
  expect(held({ [by]: '[::1]:9200' }).listenHost).toEqual({ value: '::1', by });
  expect(held({ [by]: '0.0.0.0:9200', PORT: '4000' })).toEqual({
    listenHost: { value: '0.0.0.0', by },
    listenPort: { value: 4000, by: 'PORT' },
  });
  for (const wrong of ['9200', '0.0.0.0', ':9200', '::1:9200', '127.0.0.1:99999', 'a b:1'])
    expect(() => held({ [by]: wrong }), wrong).toThrow('such as 127.0.0.1:3847');
});

test('the cache can be turned off; that credentials are asked for cannot', () => {
  expect(held({ CACHE_ENABLED: 'false', CACHE_SIZE_MB: '256' }).compressionCacheMib).toEqual({
    value: 0,
    by: 'CACHE_ENABLED',
  });
  expect(held({ CACHE_ENABLED: 'true', CACHE_SIZE_MB: '256' }).compressionCacheMib?.value).toBe(256);
  for (const name of ['API_KEY_ENABLED', 'CCA__DAEMON__REQUIRE_AUTH']) {
    expect(held({ [name]: 'true' })).toEqual({});
    expect(() => held({ [name]: 'false' })).toThrow(
      `${name} ("false") does not fit: must be true: nobody comes in here without a credential`,
    );
  }
});
