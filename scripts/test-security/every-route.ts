import type { Access } from '../../shared/access.ts';
import { contract } from '../../shared/contract.ts';
import type { Attacked } from './attacked.ts';
import { anything } from './malformed.ts';
import { type CheckOutcome, tally, wordsOf } from './outcome-of.ts';
import type { Random } from './random.ts';

interface Operation {
  method: string;
  path: string;
  /** Whether it has something to be garbage: a body that is described. */
  takesBody: boolean;
}

interface Document {
  paths: Record<string, Record<string, { requestBody?: object }>>;
}

/** What makes the program start again in its place, whatever it is given: others cannot be asked meanwhile. */
const restarting = ['POST /api/database/vacuum'];

/** The level each route declares, by method and path as the document writes them. */
function levels(node: unknown, found = new Map<string, Access>()): Map<string, Access> {
  if (typeof node !== 'object' || node === null) return found;
  if ('~orpc' in node) {
    const { meta, route } = node['~orpc'] as { meta: { access: Access }; route: { method?: string; path?: string } };
    if (route.path) found.set(`${route.method ?? 'POST'} ${route.path.replace('{+', '{')}`, meta.access);
    return found;
  }
  for (const inner of Object.values(node)) levels(inner, found);
  return found;
}

/** What each route of /openapi.json does without a credential, with too little access, and with garbage. */
export async function everyRoute(attacked: Attacked, random: Random, garbageEach: number): Promise<CheckOutcome> {
  const document = (await (await attacked.request('GET', '/openapi.json')).json()) as Document;
  const declared = levels(contract);
  const operations: Operation[] = Object.entries(document.paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, { requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      takesBody: requestBody !== undefined,
    })),
  );
  const { key: viewer } = await attacked.api.access.keys.create({ name: 'viewer', permissions: ['read:*'] });
  const { key: nobody } = await attacked.api.access.keys.create({ name: 'nobody', permissions: ['read:nothing'] });
  const wrong: string[] = [];
  const seen: string[] = [];

  async function ask(operation: Operation, what: string, init: { credential?: string; body?: string }, filled: string) {
    const path = operation.path.replace(/\{[^}]+\}/g, filled);
    const ended = new AbortController();
    const response = await fetch(`${attacked.address}${path}`, {
      method: operation.method,
      signal: ended.signal,
      headers: {
        ...(init.credential ? { authorization: `Bearer ${init.credential}` } : {}),
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(init.body === undefined || operation.method === 'GET' ? {} : { body: init.body }),
    });
    // Streams never end by themselves.
    ended.abort();
    seen.push(`${what}: ${response.status}`);
    return response.status;
  }

  for (const operation of operations) {
    const name = `${operation.method} ${operation.path}`;
    const level = declared.get(name);
    if (level === undefined) {
      wrong.push(`${name} is in the document and not in the contract`);
      continue;
    }
    const without = await ask(operation, 'no credential', {}, 'x');
    if (without !== 401) wrong.push(`${name} without a credential: ${without}`);
    const isOwn = operation.path.startsWith('/api/auth/') && level === 'view';
    if (!isOwn) {
      const less = await ask(operation, 'too little access', { credential: level === 'view' ? nobody : viewer }, 'x');
      if (less !== 403) wrong.push(`${name} with too little access: ${less}`);
    }
    for (let made = 0; made < (restarting.includes(name) ? 0 : garbageEach); made += 1) {
      const filled = encodeURIComponent(
        random.one(['x', '%00', '../..', random.text(80), "'", '*', 'NaN', '\u0000', '__proto__']),
      );
      const broken = operation.takesBody && made % 2 === 0;
      const body = broken
        ? random.one(['{', '[1', '"', 'nul', '{"a":}', '\u0000'])
        : JSON.stringify(random.one([[anything(random, 2)], anything(random, 0), 'text', 7, null]));
      const status = await ask(operation, 'garbage', { credential: attacked.token, body }, filled);
      // A name can be any text: the model's removal is asked of an Ollama that is not there.
      const isAway = status === 503 && operation.path.startsWith('/api/models');
      if (status >= 500 && !isAway) wrong.push(`${name} with ${body.slice(0, 80)}, ${filled}: ${status}`);
      if (broken && operation.method !== 'GET' && status < 400) wrong.push(`${name} took ${body}: ${status}`);
    }
  }
  return { made: `${operations.length} routes, ${seen.length} requests`, seen: wordsOf(tally(seen)), wrong };
}
