import { FolderPlus, Plus } from 'lucide-react';
import { KeyBar } from '../app/key-bar.tsx';
import { showDialog } from '../app/ui-state.ts';
import { useProjects } from '../app/use-rows.ts';
import { Button } from '../ui/button.tsx';

const examples = [
  'Find the three slowest tests, say why they are slow, and make the slowest one fast.',
  'Read the README as a newcomer would, try each command, and fix what does not work.',
  'Write a test for the part of this repository that has none and breaks most easily.',
];

/** The board before the first worker: what to do first, and three prompts to start from. */
export function BoardEmpty() {
  const projects = useProjects();
  const hasProject = projects.length > 0;
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <div className="flex h-(--viewbar-h) shrink-0 items-center border-b border-hair px-4">
        <h1 className="text-md font-strong tracking-[-.01em]">Board</h1>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto p-4">
        <section className="w-full max-w-[560px] rounded-3 border border-dashed border-hair-strong p-5">
          <h2 className="text-lg font-strong">{hasProject ? 'Start a first worker' : 'Add a first project'}</h2>
          <p className="mt-1 text-ink-2">
            {hasProject
              ? 'A worker is Claude Code at work in its own copy of the repository, on its own branch. Your folder stays as it is.'
              : 'A project is a git repository on this machine. Workers never touch its folder: each gets its own worktree and branch.'}
          </p>
          <div className="mt-4">
            {hasProject ? (
              <Button
                look="primary"
                size="lg"
                icon={Plus}
                command="worker.new"
                onClick={() => showDialog({ kind: 'new-worker' })}
              >
                New worker
              </Button>
            ) : (
              <Button look="primary" size="lg" icon={FolderPlus} onClick={() => showDialog({ kind: 'add-project' })}>
                Add a project
              </Button>
            )}
          </div>
          {hasProject && (
            <>
              <h3 className="mt-5 text-sm text-ink-3">Or start from one of these</h3>
              <ul className="mt-1.5 grid gap-1.5">
                {examples.map((prompt) => (
                  <li key={prompt}>
                    <button
                      type="button"
                      onClick={() => showDialog({ kind: 'new-worker', prompt })}
                      className="w-full rounded-3 bg-surface px-3 py-2 text-left ring-1 ring-inset ring-hair hover:ring-hair-strong"
                    >
                      {prompt}
                    </button>
                  </li>
                ))}
              </ul>
            </>
          )}
        </section>
      </div>
      <KeyBar
        hints={[
          [['worker.new'], 'new worker'],
          [['palette'], 'search or run'],
        ]}
      />
    </main>
  );
}
