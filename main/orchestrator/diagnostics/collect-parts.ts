import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import type { DiagnosticsPart } from '../../../shared/diagnostics.ts';
import type { DoctorFinding, DoctorProgress } from '../../../shared/doctor.ts';
import { dataSizes } from './data-sizes.ts';

/** So much of each log goes in: the newest. */
const mostLogCharacters = 1_000_000;

export interface DiagnosticsSources {
  version: string;
  dataDir: string;
  environment: NodeJS.ProcessEnv;
  /** A text without secrets. */
  mask(text: string): string;
  doctor(signal: AbortSignal | undefined): AsyncIterable<DoctorProgress>;
  /** The newest lines of each log, oldest first. */
  logs: readonly { name: string; read: () => Promise<string> }[];
  /** What else is known, as something that JSON can write. What fails tells its reason instead. */
  facts: readonly { name: string; about: string; read: () => unknown }[];
}

/**
 * What helps to find a fault, and nothing that belongs to nobody else: no credential, no word of a conversation, no content of a
 * file, no value of a variable. Every text passes `mask` at the end, whatever it is.
 */
export async function collectParts(
  sources: DiagnosticsSources,
  signal?: AbortSignal | undefined,
): Promise<DiagnosticsPart[]> {
  const parts: DiagnosticsPart[] = [];
  const home = sources.environment.HOME ?? sources.environment.USERPROFILE;
  const add = (name: string, about: string, text: string): void => {
    const masked = sources.mask(text);
    parts.push({ name, about, text: home && home.length > 1 ? masked.replaceAll(home, '~') : masked });
  };
  const addJson = async (name: string, about: string, read: () => unknown): Promise<void> => {
    let told: unknown;
    try {
      told = await read();
    } catch (error) {
      told = { problem: error instanceof Error ? error.message : String(error) };
    }
    add(name, about, `${JSON.stringify(told, null, 2)}\n`);
  };

  await addJson('versions.json', 'versions of Control Room, Node and the system', () => ({
    controlRoom: sources.version,
    ...process.versions,
    system: `${process.platform} ${release()} ${arch()}`,
    processors: cpus().length,
    load: loadavg(),
    memoryBytes: totalmem(),
    process: { upSeconds: Math.round(process.uptime()), memory: process.memoryUsage(), pid: process.pid },
  }));
  await addJson('doctor.json', 'what the doctor found', async () => {
    const findings: DoctorFinding[] = [];
    for await (const progress of sources.doctor(signal)) if (progress.type === 'found') findings.push(progress.finding);
    return findings.sort((a, b) => a.id.localeCompare(b.id));
  });
  for (const { name, about, read } of sources.facts) await addJson(name, about, read);
  await addJson('sizes.json', 'how much the data folder holds', () => dataSizes(sources.dataDir));
  add(
    'variables.txt',
    'names of variables that are set; no values',
    `${Object.keys(sources.environment).sort().join('\n')}\n`,
  );
  for (const { name, read } of sources.logs) {
    const text = await read().catch((error: Error) => `${error.message}\n`);
    const newest =
      text.length > mostLogCharacters ? text.slice(text.indexOf('\n', text.length - mostLogCharacters) + 1) : text;
    add(name, 'what was written down last', newest);
  }
  const list = parts.map(({ name, about, text }) => `${name.padEnd(22)} ${String(text.length).padStart(9)}  ${about}`);
  parts.unshift({
    name: 'READ-ME.txt',
    about: 'what is in here',
    text: `Diagnostics of Control Room ${sources.version}.\nSecrets are taken out, the home folder is written as ~, and nothing of any conversation is in here.\nLook through it before you give it to somebody.\n\n${list.join('\n')}\n`,
  });
  return parts;
}
