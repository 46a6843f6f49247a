const filler = new Set(
  'a an and the of to for in on with from that this it its is are be as at by or if so then please can you should must will all each every into my our your'.split(
    ' ',
  ),
);

/**
 * A preview of the name the orchestrator makes from a prompt: its first few words that carry meaning. The orchestrator's
 * own answer decides; it may add a number when the name is taken.
 */
export function nameFromPrompt(prompt: string): string {
  const words = prompt
    .slice(0, 400)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu);
  const telling = (words ?? []).filter((word) => !filler.has(word));
  return (telling.length > 0 ? telling : (words ?? [])).slice(0, 4).join('-').slice(0, 40);
}
