/** Longest name made from a prompt, in characters, as the orchestrator has it. */
const nameLength = 32;

/**
 * A preview of the name the orchestrator makes from a prompt: its first words. Its own answer decides; it adds a number
 * to the branch when that is taken.
 */
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

/** A name as it stands in branches: lower case words joined by hyphens. */
export function branchPart(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
}
