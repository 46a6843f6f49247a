import { AppError } from '../../shared/errors.ts';
import { readConfigAsFarAsItFits } from '../config/read-config.ts';
import type { Flags } from '../config/resolve-config.ts';
import { readHolder } from '../orchestrator/database/data-folder.ts';
import { askWith, localTokenOf } from './running.ts';

interface Step {
  name: string;
  outcome: 'passed' | 'failed' | 'skipped';
  detail: string;
}

/** Asks one thing and says whether the answer is as it has to be. */
type Ask = (path: string, credential?: boolean) => Promise<{ status: number; text: string }>;

/**
 * `control-room smoke [ADDRESS]`: asks a running Control Room for a little of everything, as after a deployment: health,
 * metrics, the page, that nobody comes in without a credential, a list of projects. Changes nothing. Exit code 0 when all passed.
 */
export async function smoke(address: string | undefined, flags: Flags & { json?: boolean }): Promise<void> {
  const { json, ...given } = flags;
  const { config } = readConfigAsFarAsItFits(given, process.env);
  const holder = readHolder(config.dataDir);
  const base = (address ?? holder?.address ?? '').replace(/\/+(#.*)?$/, '');
  if (!/^https?:\/\/[^/]+$/.test(base))
    throw new AppError(
      'BAD_REQUEST',
      address
        ? `${address} is not the address of a Control Room. Give one such as http://127.0.0.1:3847.`
        : `No Control Room runs on ${config.dataDir}. Start one, or give an address such as http://127.0.0.1:3847.`,
    );
  // The token of this data folder goes to the one that runs on it, and to nobody else.
  const token = config.access.localToken?.token ?? (base === holder?.address ? await localTokenOf(config.dataDir) : '');
  const ask: Ask = (path, credential = false) =>
    askWith(`${base}${path}`, { headers: credential ? { authorization: `Bearer ${token}` } : {} }, config.dataDir);
  const steps: Step[] = [];
  for (const [name, check] of Object.entries(checks)) {
    const step: Step = { name, ...(await outcomeOf(() => check(ask, token !== ''))) };
    steps.push(step);
    if (!json) process.stdout.write(`${step.outcome.padEnd(7)}  ${name}: ${step.detail}\n`);
  }
  const failed = steps.filter(({ outcome }) => outcome === 'failed').length;
  if (json) process.stdout.write(`${JSON.stringify({ address: base, passed: failed === 0, steps }, null, 2)}\n`);
  else process.stdout.write(failed === 0 ? `\nAll well at ${base}.\n` : `\n${failed} failed at ${base}.\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

type Outcome = Pick<Step, 'outcome' | 'detail'>;

async function outcomeOf(check: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await check();
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return { outcome: 'failed', detail: `no answer (${reason})` };
  }
}

const judge = (isWell: boolean, detail: string): Outcome => ({ outcome: isWell ? 'passed' : 'failed', detail });
const withoutToken: Outcome = {
  outcome: 'skipped',
  detail: 'no credential: give it with --token or LOCAL_TOKEN',
};

const checks: Record<string, (ask: Ask, hasToken: boolean) => Promise<Outcome>> = {
  async health(ask, hasToken) {
    const { status, text } = await ask('/health', hasToken);
    const { status: health, reasons = [] } = JSON.parse(text) as { status?: string; reasons?: string[] };
    return judge(status === 200, `${health ?? status}${reasons.length > 0 ? `: ${reasons.join(' ')}` : ''}`);
  },
  async liveness(ask) {
    const answers = await Promise.all(['/live', '/healthz'].map((path) => ask(path)));
    return judge(
      answers.every(({ status }) => status === 200),
      answers.map(({ status }) => status).join(' and '),
    );
  },
  async readiness(ask) {
    const { status, text } = await ask('/ready');
    return judge(status === 200, status === 200 ? 'ready' : text.slice(0, 300));
  },
  async metrics(ask, hasToken) {
    const { status, text } = await ask('/metrics', hasToken);
    if (status === 404) return { outcome: 'skipped', detail: 'turned off, by METRICS_ENABLED or the settings' };
    if (status === 401 && !hasToken) return withoutToken;
    const families = text.split('\n').filter((line) => line.startsWith('# TYPE ')).length;
    return judge(status === 200 && families > 0, status === 200 ? `${families} families` : `status ${status}`);
  },
  async page(ask) {
    const { status, text } = await ask('/');
    return judge(status === 200 && text.includes('<title>'), `status ${status}`);
  },
  async document(ask) {
    const { status, text } = await ask('/openapi.json');
    const { paths = {} } = JSON.parse(text) as { paths?: object };
    return judge(status === 200 && Object.keys(paths).length > 0, `${Object.keys(paths).length} routes described`);
  },
  async 'no way in without a credential'(ask) {
    const { status } = await ask('/api/projects');
    return judge(status === 401, `status ${status}`);
  },
  async 'a list of projects'(ask, hasToken) {
    if (!hasToken) return withoutToken;
    const { status, text } = await ask('/api/projects', true);
    const { items } = JSON.parse(text) as { items?: unknown[] };
    return judge(status === 200 && Array.isArray(items), items ? `${items.length} projects` : `status ${status}`);
  },
  async 'a route that is none'(ask, hasToken) {
    if (!hasToken) return withoutToken;
    const { status } = await ask('/api/no-such-route', true);
    return judge(status === 404, `status ${status}`);
  },
};
