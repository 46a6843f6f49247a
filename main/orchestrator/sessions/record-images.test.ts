import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeTranscript } from '../../testing/transcripts.ts';
import { createIndexReader } from './index-reader.ts';
import { openIndex } from './index-tables.ts';
import { createIndexer } from './indexer.ts';
import { imagesOf } from './record-images.ts';

const image = (data: string, media = 'image/png') => ({
  type: 'image',
  source: { type: 'base64', media_type: media, data },
});
const at = (second: number) => new Date(1_790_000_000_000 + second * 1000).toISOString();

test('pictures of prompts and results are found at their records, and nothing that is no picture', async () => {
  const home = await mkdtemp(join(tmpdir(), 'control-room-images-'));
  try {
    const lines = [
      {
        type: 'user',
        timestamp: at(1),
        message: { content: [{ type: 'text', text: 'Look' }, image('QUFB'), image('PHN2Zz4', 'image/svg+xml')] },
      },
      {
        type: 'assistant',
        timestamp: at(2),
        message: {
          id: 'm',
          model: 'x',
          content: [
            { type: 'tool_use', id: 'a', name: 'Read', input: {} },
            { type: 'tool_use', id: 'b', name: 'Read', input: {} },
          ],
        },
      },
      {
        type: 'user',
        timestamp: at(3),
        message: {
          content: [
            { type: 'tool_result', tool_use_id: 'a', content: [image('QkJC', 'image/jpeg')] },
            { type: 'tool_result', tool_use_id: 'b', content: [image('Q0ND'), image('not base64!')] },
          ],
        },
      },
    ];
    await writeTranscript(
      home,
      '-work',
      's-1',
      lines.map((line) => JSON.stringify(line)),
    );
    const database = openIndex(join(home, 'search.db'));
    const indexer = createIndexer({ database, folders: [home], now: () => performance.now() });
    indexer.scan();
    while (indexer.step());
    const reader = createIndexReader({ database, now: () => performance.now() });
    const { items } = reader.messages('s-1', 0, 10, []);
    const found = await Promise.all(
      items.map(async ({ index, role }) => {
        const place = reader.entryPlace('s-1', index);
        return `${role} ${place ? (await imagesOf(place.path, place.entry)).map(({ mediaType, data }) => `${mediaType} ${data}`).join() : ''}`;
      }),
    );
    expect(found).toEqual(['user image/png QUFB', 'tool ', 'tool ', 'result image/jpeg QkJC', 'result image/png Q0ND']);
    expect(items[0]?.text).toContain('[image]');
    expect(reader.entryPlace('s-1', 99)).toBeUndefined();
    database.close();
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
