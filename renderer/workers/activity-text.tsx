import type { Worker } from '../../shared/workers.ts';
import { relativePath } from './tool-summary.ts';

/** "Editing src/a.ts": the verb in words, what it is done to as a machine reads it, paths inside the worker's folder short. */
export function ActivityText({ text, worker }: { text: string; worker: Pick<Worker, 'worktreePath'> }) {
  const match =
    /^(Reading|Editing|Writing|Running|Searching|Fetching|Waits to edit|Waits to run) (?!the web)(.+)$/s.exec(text);
  if (!match) return <>{text}</>;
  return (
    <>
      {match[1]} <code>{relativePath(match[2] ?? '', worker.worktreePath)}</code>
    </>
  );
}
