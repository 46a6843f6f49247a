import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ScriptedModel, script, startScriptedModel } from '../../testing/scripted-model.ts';
import { createTemporaryHome, pinnedClaude, type TemporaryHome } from '../../testing/temporary-home.ts';
import { workerEnvironment } from './environment.ts';
import { estimateCostUsd } from './prices.ts';
import { isObject } from './records.ts';

let model: ScriptedModel;
let home: TemporaryHome;

beforeAll(async () => {
  model = await startScriptedModel();
  home = await createTemporaryHome({ modelUrl: model.url });
});

afterAll(async () => {
  await model.close();
  await home.close();
});

/** What the CLI reckons one answer of a model costs, in US dollars. */
async function askClaude(
  name: string,
  usage: { input_tokens: number; cache_creation_input_tokens: number; cache_read_input_tokens: number },
  out: number,
): Promise<number> {
  const child = spawn(
    pinnedClaude() ?? 'claude',
    [
      '--print',
      '--output-format',
      'stream-json',
      '--verbose',
      '--model',
      name,
      '--setting-sources',
      '',
      '--strict-mcp-config',
      `price ${script([{ text: 'x', usage, out }])}`,
    ],
    { cwd: home.folder, env: workerEnvironment(home.environment), stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let cost = Number.NaN;
  for await (const line of createInterface({ input: child.stdout })) {
    const record: unknown = JSON.parse(line);
    if (isObject(record) && record.type === 'result') cost = Number(record.total_cost_usd);
  }
  return cost;
}

const short = { input_tokens: 200, cache_creation_input_tokens: 4000, cache_read_input_tokens: 6000 };
const long = { input_tokens: 200, cache_creation_input_tokens: 4000, cache_read_input_tokens: 160_000 };

test.each([
  ['claude-opus-5-5', short],
  ['claude-opus-4-8', short],
  ['claude-sonnet-5-5', long],
  ['claude-sonnet-4-5', short],
  ['claude-haiku-5-5', short],
  ['claude-haiku-5-5', long],
  ['claude-haiku-4-5', short],
  ['some-other-model', short],
])('the estimate for %s is what the CLI says', async (name, usage) => {
  const estimated = estimateCostUsd(
    {
      inputTokens: usage.input_tokens,
      cacheWriteTokens: usage.cache_creation_input_tokens,
      cacheReadTokens: usage.cache_read_input_tokens,
      outputTokens: 40,
    },
    name,
  );
  expect(await askClaude(name, usage, 40)).toBeCloseTo(estimated, 9);
});
