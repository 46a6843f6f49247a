import { ArrowLeft, RotateCw, Save, WrapText } from 'lucide-react';
import { lazy, type RefObject, Suspense, useEffect, useRef, useState } from 'react';
import { allows } from '../../shared/access.ts';
import { useStore } from '../data/store.ts';
import { useAsked } from '../data/use-asked.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem, SelectField } from '../ui/fields.tsx';
import { bytes } from '../ui/format.ts';
import type { EditorHandle } from './code-editor.tsx';
import { nameOf, wayFrom } from './file-paths.ts';
import { useFiles } from './files-store.ts';
import { imageTypeOf } from './image-type.ts';
import { textForm } from './text-form.ts';
import { useFile } from './use-file.ts';

const CodeEditor = lazy(async () => ({ default: (await import('./code-editor.tsx')).CodeEditor }));

/** What an open text is compared with. */
type Against = 'nothing' | 'disk' | 'head' | 'base';

/** A file in the editor: typed in, compared, saved; pictures are shown. */
export function OpenFile({
  root,
  path,
  inWorktree,
  onBack,
}: {
  root: string;
  path: string;
  /** Whether there is a place its worktree began from. */
  inWorktree: boolean;
  /** Leads to the tree, where the two do not stand side by side. */
  onBack: (() => void) | null;
}) {
  const handle = useRef<EditorHandle | null>(null);
  const file = useFile(path, handle);
  const { loaded, theirs, error, saving, draft } = file;
  const wrap = useFiles((state) => state.wrap);
  const mayWrite = useStore((state) => allows(state.access, 'approve'));
  const [against, setAgainst] = useState<Against>('nothing');
  const original = useOriginal(
    path,
    theirs ? 'disk' : against,
    (theirs ?? loaded)?.text ?? null,
    loaded?.info?.modifiedAt,
  );
  useJump(path, handle, loaded !== null);
  const readOnly = !mayWrite || loaded?.info?.writable === false;
  const image = loaded?.bytes ? imageTypeOf(path) : undefined;
  return (
    <section aria-label={nameOf(path)} className="flex min-h-0 min-w-0 flex-1 flex-col bg-term-bg">
      <div className="flex h-9 shrink-0 items-center gap-2 border-b border-hair bg-app px-3 text-sm max-phone:h-12">
        {onBack && (
          <Button
            look="ghost"
            icon={ArrowLeft}
            aria-label="To the files"
            className="max-phone:size-11"
            onClick={onBack}
          />
        )}
        <code className="min-w-0 flex-1 truncate" title={path}>
          {wayFrom(root, path)}
        </code>
        <span role="status" className="shrink-0 text-xs text-ink-3">
          {saving ? 'Saving…' : draft ? 'not saved' : readOnly && loaded ? 'only to read' : ''}
        </span>
        {loaded && loaded.bytes === null && (
          <>
            <SelectField
              aria-label="Compare with"
              value={theirs ? 'disk' : against}
              disabled={theirs !== null}
              className="max-phone:hidden"
              onChange={(event) => setAgainst(event.target.value as Against)}
            >
              <option value="nothing">Compare with…</option>
              <option value="disk">What is saved</option>
              <option value="head">The last commit</option>
              {inWorktree && <option value="base">Where the worktree began</option>}
            </SelectField>
            <Button
              look={wrap ? 'plain' : 'ghost'}
              size="sm"
              icon={WrapText}
              aria-label="Break long lines"
              aria-pressed={wrap}
              className="max-phone:hidden"
              onClick={() => useFiles.setState({ wrap: !wrap })}
            />
            {!readOnly && (
              <Button
                size="sm"
                icon={Save}
                look={draft ? 'primary' : 'plain'}
                disabled={!draft || saving}
                keys="mod+S"
                className="max-phone:h-11"
                onClick={() => void file.save()}
              >
                Save
              </Button>
            )}
          </>
        )}
      </div>
      {theirs && (
        <div
          role="alert"
          className="flex shrink-0 flex-wrap items-center gap-2 border-b border-needs-line bg-needs-bg px-4 py-2 text-sm"
        >
          <span className="min-w-0 flex-1">
            {theirs.info
              ? 'Somebody else changed this file while you typed. Below is your text, compared with theirs.'
              : 'This file was deleted while you typed. Your text is kept here.'}
          </span>
          {theirs.info && (
            <Button size="sm" onClick={file.takeTheirs}>
              Take theirs
            </Button>
          )}
          <Button size="sm" disabled={readOnly} onClick={() => void file.keepMine()}>
            {theirs.info ? 'Save mine over it' : 'Save it again'}
          </Button>
        </div>
      )}
      {error && (
        <Problem
          className="m-3"
          action={
            <Button size="sm" icon={RotateCw} onClick={() => void file.again()}>
              Try again
            </Button>
          }
        >
          {error}
        </Problem>
      )}
      {original.problem && <Problem className="m-3">{original.problem}</Problem>}
      {loaded?.form.mixed && !readOnly && (
        <p className="shrink-0 border-b border-hair px-4 py-1.5 text-xs text-ink-3">
          Its lines end in different ways. Saved, all of them end as most do now (
          {loaded.form.lineEnd === '\n' ? 'LF' : 'CRLF'}).
        </p>
      )}
      {loaded?.bytes &&
        (image ? (
          <div className="grid min-h-0 flex-1 place-items-center overflow-auto p-6">
            <img src={`data:${image};base64,${loaded.bytes}`} alt={nameOf(path)} className="max-h-full max-w-full" />
          </div>
        ) : (
          <p className="p-6 text-ink-2">
            This file is no text ({bytes(loaded.info?.sizeBytes ?? 0)}). Open it in a terminal with a program for it.
          </p>
        ))}
      {loaded && loaded.bytes === null && (
        <div className={cx('min-h-0 flex-1', 'max-phone:[&_.cm-scroller]:text-[14px]')}>
          <Suspense fallback={null}>
            <CodeEditor
              name={nameOf(path)}
              text={draft?.text ?? loaded.text}
              readOnly={readOnly}
              wrap={wrap}
              original={original.text}
              mayRevert={!readOnly}
              handle={handle}
              onChange={file.changed}
              onSave={() => void file.save()}
            />
          </Suspense>
        </div>
      )}
    </section>
  );
}

/** The text to compare with; null for none. */
function useOriginal(path: string, against: Against, disk: string | null, savedAt: number | undefined) {
  const of = against === 'head' || against === 'base' ? against : null;
  // A commit may have been made with what was saved.
  const { value, error } = useAsked(of && `${path} ${of}`, String(savedAt), async (client, signal) => {
    const { content } = await client.files.original({ path, of: of ?? 'head' }, { signal });
    return textForm(content ?? '').text;
  });
  return of === null ? { text: against === 'disk' ? disk : null, problem: null } : { text: value, problem: error };
}

/** Goes where a search or a link said, once the text is there. */
function useJump(path: string, handle: RefObject<EditorHandle | null>, ready: boolean): void {
  const jump = useFiles((state) => state.jump);
  useEffect(() => {
    if (!ready || jump?.path !== path) return;
    let frame = 0;
    const go = (): void => {
      // The editor is loaded when the first file is opened.
      if (!handle.current) {
        frame = requestAnimationFrame(go);
        return;
      }
      handle.current.goTo(jump.line, jump.column);
      useFiles.setState({ jump: null });
    };
    go();
    return () => cancelAnimationFrame(frame);
  }, [jump, path, ready, handle]);
}
