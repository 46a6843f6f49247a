/** A small library without dependencies, for workers to have something real to read, change and test. */
export const sampleRepository = {
  name: 'webhooks',
  files: {
    'README.md': `# webhooks

Signs and delivers webhook calls. No dependencies.

    npm test
`,
    'package.json': `{
  "name": "webhooks",
  "version": "1.3.0",
  "type": "module",
  "scripts": { "test": "node --test tests/" }
}
`,
    'src/sign.js': `import { createHmac } from 'node:crypto';

/** Signature of a body, as receivers check it. */
export function sign(body, secret) {
  return createHmac('sha256', secret).update(body).digest('hex');
}

export function verify(body, secret, signature) {
  return sign(body, secret) === signature;
}
`,
    'src/deliver.js': `import { sign } from './sign.js';

/** Posts an event to a receiver; gives the status. */
export async function deliver(url, event, secret, post = fetch) {
  const body = JSON.stringify(event);
  const response = await post(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-signature': sign(body, secret) },
    body,
  });
  return response.status;
}
`,
    'src/retry.js': `/** Waits between attempts, in milliseconds. */
export const delays = [1000, 5000, 30000];

export async function withRetry(attempt, wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))) {
  for (const delay of delays) {
    const status = await attempt();
    if (status < 500) return status;
    await wait(delay);
  }
  return attempt();
}
`,
    'tests/sign.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sign, verify } from '../src/sign.js';

test('a signature verifies', () => {
  assert.ok(verify('{}', 'secret', sign('{}', 'secret')));
});

test('another secret does not', () => {
  assert.ok(!verify('{}', 'other', sign('{}', 'secret')));
});
`,
  },
};
