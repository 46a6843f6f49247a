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
