/** Shorter values would also be found where they are no secret. */
const leastLength = 6;
const masked = '[secret]';

const secretName = /token|secret|password|passphrase|credential|api[-_]?keys?$|auth|cookie|webhook|private[-_]?key/i;

/** What looks like a credential wherever it stands. */
const shapes: [RegExp, string][] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${masked}`],
  [/\bsk-[\w-]{16,}/g, masked],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+/g, masked],
  [/\b(?:gh[pousr]_|github_pat_|whsec_|lin_api_|xox[abprs]-|glpat-|crk_)[\w+/=-]{10,}/g, masked],
  [/\bAKIA[0-9A-Z]{16}\b/g, masked],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----/gs, masked],
  // User name and password of an address; what stands behind a name that tells of a secret in one.
  [/(\b[a-z][a-z+.-]*:\/\/)[^\s/@"\\]+@/gi, `$1${masked}@`],
  [/([?&#](?:[\w-]*(?:token|key|secret|password|signature|code)[\w-]*)=)[^&\s"\\]+/gi, `$1${masked}`],
  // A field of JSON, and a variable.
  [
    /("[^"\\]*(?:token|secret|password|passphrase|credential|api[-_]?key|authorization|cookie)[^"\\]*"\s*:\s*)"(?:[^"\\]|\\.)*"/gi,
    `$1"${masked}"`,
  ],
  [/\b([A-Z0-9_]*(?:TOKEN|SECRET|PASSWORD|PASSPHRASE|API_KEYS?|ACCESS_KEY)=)[^\s"\\]+/g, `$1${masked}`],
];

export type SecretMask = ReturnType<typeof createSecretMask>;

/**
 * Takes secrets out of texts that are kept or leave the house: values that are known to be secret (of variables whose names
 * say so, and those that are added), and whatever looks like a credential.
 */
export function createSecretMask(environment: NodeJS.ProcessEnv, further: readonly string[] = []) {
  const known = new Set<string>();
  let pattern: RegExp | null = null;

  function add(secret: string | null | undefined): void {
    if (!secret || secret.length < leastLength || known.has(secret)) return;
    known.add(secret);
    // Within JSON a text stands with its marks escaped.
    known.add(JSON.stringify(secret).slice(1, -1));
    pattern = null;
  }
  for (const [name, value] of Object.entries(environment)) if (secretName.test(name)) add(value);
  for (const secret of further) add(secret);

  return {
    add,
    mask(text: string): string {
      pattern ??= new RegExp(
        [...known]
          .sort((a, b) => b.length - a.length)
          .map((secret) => secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('|') || '(?!)',
        'g',
      );
      let clean = text.replace(pattern, masked);
      for (const [shape, instead] of shapes) clean = clean.replace(shape, instead);
      return clean;
    },
  };
}
