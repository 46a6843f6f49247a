import type { ModelStep } from '../../main/testing/scripted-model.ts';
import type { Limits } from '../../shared/limits.ts';
import type { Worker } from '../../shared/workers.ts';

interface DemoWorker {
  name: string;
  prompt: string;
  kind: Worker['kind'];
  model?: string;
  role?: string;
  limits?: Limits;
  /** What the model answers to this prompt, turn by turn. */
  steps: ModelStep[];
}

/** At most so many at once; the last worker of the list has to wait. */
export const demoMaxWorkers = 7;

const comparing = `import { createHmac, timingSafeEqual } from 'node:crypto';

/** Signature of a body, as receivers check it. */
export function sign(body, secret) {
  return createHmac('sha256', secret).update(body).digest('hex');
}

/** Takes as long for every wrong signature, so that none can be found out byte by byte. */
export function verify(body, secret, signature) {
  const expected = Buffer.from(sign(body, secret));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
`;

const jitterTest = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withRetry } from '../src/retry.js';

test('a receiver that recovers is called again', async () => {
  const answers = [503, 500, 200];
  const waits = [];
  const status = await withRetry(async () => answers.shift(), async (ms) => waits.push(ms));
  assert.equal(status, 200);
  assert.deepEqual(waits, [1000, 5000]);
});
`;

const reading: ModelStep[] = Array.from({ length: 40 }, (_, index) => ({
  text: [
    'I follow one delivery from the event to the receiver.',
    'The body is made once and signed once; good.',
    'Next: what happens to the connection when a receiver hangs.',
    'There is no time limit on the request. I look for where one would go.',
  ][index % 4],
  delay: 2500,
  perTok: 120,
  tools: [
    { name: 'Read', input: { file_path: ['src/deliver.js', 'src/retry.js', 'src/sign.js', 'README.md'][index % 4] } },
  ],
  usage: { input_tokens: 400, cache_read_input_tokens: 9000 + index * 700 },
  out: 60,
}));

/** What the team of the demonstration does. Paths in the steps are made absolute for each worker by `demoPlan`. */
export const demoWorkers: DemoWorker[] = [
  {
    name: 'Bigger model',
    kind: 'headless',
    model: 'claude-opus-next',
    prompt: 'Summarise the open questions in this repository.',
    steps: [{ err: { status: 404, type: 'not_found_error', msg: 'model: claude-opus-next' } }],
  },
  {
    name: 'Safe signatures',
    kind: 'headless',
    prompt: 'Make verify() compare signatures in constant time, and commit the change.',
    steps: [
      {
        thinking: 'A plain comparison of strings stops at the first difference. That can be measured.',
        text: 'I look at how signatures are compared now.',
        delay: 600,
        tools: [{ name: 'Read', input: { file_path: 'src/sign.js' } }],
        usage: { input_tokens: 1200, cache_creation_input_tokens: 8000 },
        out: 90,
      },
      {
        text: '`===` ends at the first byte that differs. I replace it by `timingSafeEqual`.',
        delay: 600,
        perTok: 40,
        tools: [{ name: 'Write', input: { file_path: 'src/sign.js', content: comparing } }],
        usage: { input_tokens: 700, cache_read_input_tokens: 8600 },
        out: 310,
      },
      {
        tools: [
          {
            name: 'Bash',
            input: {
              command: 'git add src/sign.js && git commit -q -m "Compare signatures in constant time"',
              description: 'Commit the change',
            },
          },
        ],
        delay: 400,
        usage: { input_tokens: 300, cache_read_input_tokens: 9300 },
        out: 70,
      },
      {
        text: 'Done. `verify()` now takes the same time for every wrong signature:\n\n- both sides become buffers, and a different **length** is refused first\n- `timingSafeEqual` compares the rest\n\nThe change is committed on this branch; the tests that were there still describe it.',
        perTok: 30,
        usage: { input_tokens: 250, cache_read_input_tokens: 9700 },
        out: 120,
      },
    ],
  },
  {
    name: 'Retry tests',
    kind: 'headless',
    prompt: 'Write a test for withRetry() and run all tests.',
    steps: [
      {
        text: 'There is no test for retries yet. I write one with waits that are only recorded.',
        delay: 500,
        perTok: 40,
        tools: [{ name: 'Write', input: { file_path: 'tests/retry.test.js', content: jitterTest } }],
        usage: { input_tokens: 1500, cache_creation_input_tokens: 7600 },
        out: 260,
      },
      {
        text: 'Now I run everything.',
        delay: 400,
        tools: [{ name: 'Bash', input: { command: 'npm test', description: 'Run all tests' } }],
        usage: { input_tokens: 400, cache_read_input_tokens: 8900 },
        out: 45,
      },
      {
        text: 'All tests pass, the new one among them.',
        usage: { input_tokens: 300, cache_read_input_tokens: 9500 },
        out: 20,
      },
    ],
  },
  {
    name: 'Payload format',
    kind: 'headless',
    prompt: 'Add a version to the payload. Ask me when something is not clear.',
    steps: [
      {
        text: 'Receivers parse this body, so one thing has to be decided first.',
        delay: 500,
        tools: [
          {
            name: 'AskUserQuestion',
            input: {
              questions: [
                {
                  question: 'Where should the version of the payload stand?',
                  header: 'Version',
                  multiSelect: false,
                  options: [
                    { label: 'In a header', description: 'Old receivers go on as they are' },
                    {
                      label: 'In the body',
                      description: 'Stored with the event; old receivers must allow an unknown field',
                    },
                  ],
                },
              ],
            },
          },
        ],
        usage: { input_tokens: 1100, cache_creation_input_tokens: 8200 },
        out: 130,
      },
      { text: 'Thank you. I go on that way.', usage: { input_tokens: 300, cache_read_input_tokens: 9100 }, out: 20 },
    ],
  },
  {
    name: 'Pair session',
    kind: 'interactive',
    prompt: 'What would you look at first in this repository?',
    steps: [
      {
        text: 'Three things, in this order:\n\n1. `src/deliver.js` posts without a time limit: a receiver that hangs holds the caller.\n2. `src/retry.js` waits fixed times, so all callers come back at once.\n3. `tests/` covers signatures only.\n\nTell me which one to begin with.',
        delay: 500,
        perTok: 25,
        usage: { input_tokens: 900, cache_creation_input_tokens: 8800 },
        out: 140,
      },
    ],
  },
  {
    name: 'Slow receivers',
    kind: 'headless',
    prompt: 'Find out why deliveries sometimes hang. Do not change anything yet.',
    steps: reading,
  },
  {
    name: 'Delivery log',
    kind: 'headless',
    role: 'backend',
    prompt: 'Write one log line for each delivery, without the secret.',
    // An API that has had enough of it: the CLI waits as long as it is told and tries again.
    steps: [
      {
        err: {
          status: 429,
          type: 'rate_limit_error',
          msg: 'Number of requests has exceeded your rate limit',
          headers: { 'retry-after': '50' },
        },
      },
    ],
  },
  {
    name: 'Receiver guide',
    kind: 'headless',
    role: 'docs',
    limits: { costUsd: 0.05, onLimit: 'pause' },
    prompt: 'Describe for people who write receivers how a signature is checked.',
    steps: [
      {
        text: 'The guide has three parts: the header, the signature, and what to answer. I begin with the signature.',
        delay: 400,
        usage: { input_tokens: 2000, cache_creation_input_tokens: 30_000 },
        out: 900,
      },
    ],
  },
  {
    name: 'Changelog',
    kind: 'headless',
    prompt: 'Begin a changelog for the next release.',
    steps: [{ text: 'The changelog is begun.' }],
  },
];

/** The answers to a prompt of the demonstration, however much the CLI has wrapped around it. */
export function demoPlan(prompt: string): ModelStep[] | undefined {
  return demoWorkers.find((worker) => prompt.includes(worker.prompt))?.steps;
}
