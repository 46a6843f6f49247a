import type { Rule } from '../../shared/rules.ts';
import type { SavedSearch } from '../../shared/saved-searches.ts';
import type { Random } from '../test-security/random.ts';
import { pause } from './check.ts';
import { type CrashRoom, Refused } from './crash-room.ts';
import type { Ledger } from './ledger.ts';
import type { StubClaude } from './stub-claude.ts';

/** Fewer than the program takes. */
const manySearches = 150;

/** Whether every worker was told all that was acknowledged; what is on its way to it needs a moment. */
export async function allHeard(ledger: Ledger, stub: StubClaude, workerIds: readonly string[]): Promise<boolean> {
  const names = ledger.acknowledged();
  for (const id of workerIds) {
    const heard = new Set(await stub.heard(id));
    const told = names.filter((name) => name.startsWith('prompt ') && name.endsWith(` to ${id}`));
    if (told.some((name) => !heard.has(name.split(' to ')[0] ?? ''))) return false;
  }
  return true;
}

/**
 * Clients that change something of every kind, one thing after the other, until they are ended, whether the program is there
 * or not. What they were told is in the ledger.
 */
export function startClients(input: {
  room: CrashRoom;
  ledger: Ledger;
  random: Random;
  workerIds: readonly string[];
  count: number;
  /** Numbers that no client of an earlier round has used. */
  nextNumber: () => number;
}) {
  const { room, ledger, random, workerIds, nextNumber } = input;
  let going = true;
  const refused: string[] = [];

  /** Names that a client changes are its own, so that their order is known. */
  async function change(client: number, rules: Map<string, string>): Promise<void> {
    const number = nextNumber();
    const worker = random.one(workerIds);
    switch (random.number(7)) {
      case 0: {
        const { items } = await room.call<{ items: SavedSearch[] }>('GET', '/api/searches');
        const [first] = items;
        if (!first || items.length < manySearches)
          return ledger.ask(`search ${number}`, 'kept', async () => {
            await room.call<SavedSearch>('POST', '/api/searches', { name: `s${number}`, query: `q=${number}` });
          });
        // One client alone removes them, so that no name is asked for twice at a time.
        if (client > 0) return;
        await ledger.ask(`search ${first.name.slice(1)}`, null, () => room.call('DELETE', `/api/searches/${first.id}`));
        return;
      }
      case 1: {
        const text = `Bash(tool-${number} *)`;
        return ledger.ask(`rule ${text}`, 'kept', async () => {
          const rule = await room.call<Rule>('POST', '/api/rules', { effect: 'allow', rule: text, scope: 'always' });
          rules.set(text, rule.id);
        });
      }
      case 2: {
        const [text, id] = [...rules][0] ?? [];
        if (text === undefined) return;
        rules.delete(text);
        await ledger.ask(`rule ${text}`, null, () => room.call('DELETE', `/api/rules/${id}`));
        return;
      }
      case 3:
        if (client > 0) return;
        await ledger.ask('setting', 10 + (number % 80_000), () =>
          room.call('PATCH', '/api/settings', { lateSeconds: 10 + (number % 80_000) }),
        );
        return;
      case 4: {
        const own = workerIds[client];
        if (own === undefined) return;
        await ledger.ask(`name of ${own}`, `w${number}`, () =>
          room.call('PATCH', `/api/workers/${own}`, { name: `w${number}` }),
        );
        return;
      }
      default:
        await ledger.ask(`prompt ${number} to ${worker}`, 'said', () =>
          room.call('POST', `/api/workers/${worker}/messages`, { text: `prompt ${number}` }),
        );
    }
  }

  async function follow(client: number): Promise<void> {
    const rules = new Map<string, string>();
    while (going) {
      try {
        await change(client, rules);
      } catch (error) {
        if (error instanceof Refused) refused.push(error.message);
        // The program is gone, or has closed a connection that lay idle.
        else await pause(20);
      }
    }
  }

  const following = Array.from({ length: input.count }, (_, client) => follow(client));
  return {
    refused,
    async end(): Promise<void> {
      going = false;
      await Promise.all(following);
    },
  };
}
