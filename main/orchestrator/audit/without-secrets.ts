/** Longest text and list an entry keeps, in characters and elements. */
const maxTextLength = 400;
const maxElements = 50;
const maxDepth = 6;

const secretName = /token|secret|password|passphrase|credential|api[-_]?key|authorization|cookie/i;
/** Names that look like secrets and hold counts. */
const countName = /tokens$/i;

/** Names of addresses, whose path, query or user name often are the secret: where they lead to is enough. */
const addressName = /^(url|(\w*_?)webhook)$/i;

/** A copy that may be kept and shown: values under names that tell of secrets are masked, long texts are cut. */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === 'string')
    return value.length > maxTextLength ? `${value.slice(0, maxTextLength)}… (${value.length} characters)` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) return '…';
  if (Array.isArray(value)) {
    const kept = value.slice(0, maxElements).map((element) => withoutSecrets(element, depth + 1));
    return value.length > maxElements ? [...kept, `… (${value.length} in all)`] : kept;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      secretName.test(name) && !countName.test(name)
        ? '***'
        : addressName.test(name) && typeof inner === 'string'
          ? originAlone(inner)
          : withoutSecrets(inner, depth + 1),
    ]),
  );
}

/** `https://hooks.example/…` */
function originAlone(address: string): string {
  const parsed = URL.canParse(address) ? new URL(address) : undefined;
  return parsed?.host ? `${parsed.protocol}//${parsed.host}/…` : '***';
}
