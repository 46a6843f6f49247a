import type { Problem } from './facts.ts';

/** What an HTTP status of the model's API means for the user. `words` are the API's own, shown after ours. */
export function problemOfStatus(status: number | null, words: string): Problem {
  const said = words ? ` (${words.slice(0, 500)})` : '';
  switch (status) {
    case 401:
      return {
        code: 'AUTH',
        sentence: `The API refused the credential with 401${said}. Run "claude" once and log in, or set a valid ANTHROPIC_API_KEY, then resume.`,
      };
    case 402:
      return {
        code: 'BILLING',
        sentence: `The API wants payment, 402${said}. Check the account's credit, then resume.`,
      };
    case 403:
      return {
        code: 'AUTH',
        sentence: `The API answered 403, this credential may not do that${said}. Check the account's access, then resume.`,
      };
    case 404:
      return {
        code: 'MODEL_NOT_FOUND',
        sentence: `The API knows no such model, 404${said}. Choose another model and resume.`,
      };
    case 429:
      return {
        code: 'RATE_LIMITED',
        sentence: `The API's rate limit is reached, 429${said}. Wait for it to pass, then resume.`,
      };
    case 529:
      return { code: 'OVERLOADED', sentence: `The API is overloaded, 529${said}. Resume in a few minutes.` };
    case null:
      return {
        code: 'NETWORK',
        sentence: `The API cannot be reached${said}. Check the network and ANTHROPIC_BASE_URL, then resume.`,
      };
    default:
      return { code: 'API_ERROR', sentence: `The API answered ${status}${said}. Resume to try again.` };
  }
}

/** Reads why a turn failed out of the CLI's own words, where it gives no status. */
export function problemOfWords(words: string): Problem {
  const status = /\bAPI Error: (\d{3})\b/.exec(words)?.[1];
  if (/not logged in|please run \/login|invalid api key/i.test(words)) {
    return {
      code: 'NOT_LOGGED_IN',
      sentence: `Claude is not logged in (${words.slice(0, 300)}). Run "claude" once and log in, or set ANTHROPIC_API_KEY, then resume.`,
    };
  }
  if (status) return problemOfStatus(Number(status), words);
  if (/already in use/i.test(words)) {
    return {
      code: 'SESSION_IN_USE',
      sentence: `Its session is open in another process (${words.slice(0, 300)}). Close that one, then resume.`,
    };
  }
  if (/no conversation found/i.test(words)) {
    return {
      code: 'SESSION_GONE',
      sentence: `Its conversation is no longer on disk (${words.slice(0, 300)}). Start a new worker.`,
    };
  }
  if (/repeated 529|overloaded/i.test(words)) return problemOfStatus(529, words);
  if (/connection error|unable to connect|ECONNREFUSED|ENOTFOUND|fetch failed|timed? ?out/i.test(words))
    return problemOfStatus(null, words);
  return {
    code: 'API_ERROR',
    sentence: words.trim().slice(0, 1000) || 'The turn failed without saying why. The log has the details.',
  };
}
