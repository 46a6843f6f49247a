import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

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
