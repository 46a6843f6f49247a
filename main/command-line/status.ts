import type { HealthReport } from '../../shared/health.ts';
import { readConfig } from '../config/read-config.ts';
import type { Flags } from '../config/resolve-config.ts';
import { readHolder } from '../orchestrator/database/data-folder.ts';
import { askRunning } from './running.ts';

/** `control-room status`: prints how the Control Room on a data folder is; exit code 0 healthy, 1 in trouble, 3 not running. */
export async function status(flags: Flags): Promise<void> {
  const { dataDir, access } = readConfig(flags, process.env);
  const report = await askRunning<HealthReport>({
    dataDir,
    token: access.localToken?.token ?? null,
    path: '/api/health',
  });
  if (!report) {
    process.stdout.write(`Not running with the data folder ${dataDir}.\n`);
    process.exitCode = 3;
    return;
  }
  const holder = readHolder(dataDir);
  const lines = [
    `Control Room ${report.version} is ${report.status}, at ${holder?.address ?? 'no port'} (process ${holder?.pid ?? 'unknown'}), up ${report.uptime} s.`,
    `${report.workers} workers live, ${report.messages} messages.`,
    ...report.reasons.map((reason) => `- ${reason}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  process.exitCode = report.status === 'healthy' ? 0 : 1;
}
