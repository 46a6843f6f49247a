import type { SessionDelta } from '../../shared/session-changes.ts';
import { money, plural, tokens } from '../ui/format.ts';

const more = (count: number): string => (count > 0 ? '+' : '');

/** What changed, in a few words each: from what it was before to what it is now. */
export function changeWords({ kind, before, after }: SessionDelta): string[] {
  if (!after) return [before ? plural(before.turns, 'turn') : '', 'can be restored for a time'].filter(Boolean);
  if (kind === 'deleted') return ['its file was deleted; what it said is kept here'];
  if (!before) {
    const words = [plural(after.turns, 'turn'), `${tokens(after.tokens)} tokens`, money(after.costUsd)];
    return after.branch ? [after.branch, ...words] : words;
  }
  const words: string[] = [];
  if (before.title !== after.title) words.push(`renamed from “${before.title}”`);
  const turns = after.turns - before.turns;
  if (turns !== 0) words.push(`${more(turns)}${plural(turns, 'turn')}`);
  const messages = after.messages - before.messages;
  if (messages !== 0) words.push(`${more(messages)}${plural(messages, 'message')}`);
  const used = after.tokens - before.tokens;
  if (used > 0) words.push(`+${tokens(used)} tokens`);
  const cost = after.costUsd - before.costUsd;
  if (cost > 0) words.push(`+${money(cost)}`);
  const files = after.files - before.files;
  if (files > 0) words.push(`+${plural(files, 'file')} touched`);
  if (before.model !== after.model && after.model) words.push(`model ${after.model}`);
  if (before.branch !== after.branch && after.branch) words.push(`branch ${after.branch}`);
  if (before.pinned !== after.pinned) words.push(after.pinned ? 'pinned' : 'unpinned');
  if (before.archived !== after.archived) words.push(after.archived ? 'archived' : 'taken out of the archive');
  if (before.tags.join() !== after.tags.join())
    words.push(after.tags.length > 0 ? `tags ${after.tags.join(', ')}` : 'no tags');
  if (before.projectId !== after.projectId) words.push('another project');
  if (before.state !== after.state) words.push(after.state === 'present' ? 'its file is back' : 'its file is gone');
  return words;
}
