/** A path of a repository as people read it: bytes that are no text become "\xNN", line breaks and the like "\n". */
export function readablePath(path: string): string {
  return path.replace(/[\u0000-\u001f\u007f\uef80-\uefff]/g, (character) => {
    const code = character.charCodeAt(0);
    if (code >= 0xef80) return `\\x${(code - 0xef00).toString(16)}`;
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return `\\x${code.toString(16).padStart(2, '0')}`;
  });
}
