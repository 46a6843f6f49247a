/** Longest name made from a prompt, in characters. */
const nameLength = 32;

/** A short name out of a prompt: its first words; empty when it has none. */
export function nameFromPrompt(prompt: string): string {
  const words = prompt
    .slice(0, 1000)
    .replace(/[^\p{L}\p{N}\s'-]/gu, ' ')
    .split(/\s+/)
    .filter(Boolean);
  let name = '';
  for (const word of words) {
    if (name.length + word.length >= nameLength) break;
    name = name ? `${name} ${word}` : word;
  }
  return name || (words[0]?.slice(0, nameLength) ?? '');
}
