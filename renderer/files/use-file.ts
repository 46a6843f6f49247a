import { type RefObject, useRef, useState } from 'react';
import type { FileEntry } from '../../shared/files.ts';
import { useApp } from '../app/app-context.ts';
import { errorCode, errorText } from '../data/error-text.ts';
import { useStream } from '../data/use-stream.ts';
import { useOnChange } from '../ui/use-on-change.ts';
import type { EditorHandle } from './code-editor.tsx';
import { parentOf } from './file-paths.ts';
import { setDraft, useFiles } from './files-store.ts';
import { formed, type TextForm, textForm } from './text-form.ts';

/** A file as it is on the disk. */
export interface LoadedFile {
  /** Null when it is not there. */
  info: FileEntry | null;
  text: string;
  form: TextForm;
  /** The bytes in base64 when they are no text. */
  bytes: string | null;
}

const nothing: Pick<LoadedFile, 'text' | 'form' | 'bytes'> = {
  text: '',
  form: { mark: false, lineEnd: '\n', mixed: false },
  bytes: null,
};

/**
 * A file that is open: what is on the disk, what was typed, and what somebody else made of it meanwhile. Where nothing was
 * typed the newest text is shown by itself; where something was, neither is lost.
 */
export function useFile(path: string, handle: RefObject<EditorHandle | null>) {
  const { connection } = useApp();
  const draft = useFiles((state) => state.drafts[path]);
  const [loaded, setLoaded] = useState<LoadedFile | null>(null);
  const [theirs, setTheirs] = useState<LoadedFile | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);
  const known = useRef<LoadedFile | null>(null);
  const busy = useRef(false);
  const folder = parentOf(path);
  const { value, error: unwatched } = useStream(folder, (client, signal) =>
    client.files.watch({ path: folder }, { signal }),
  );
  const tick = value?.at ?? (unwatched ? 0 : null);

  function know(file: LoadedFile): void {
    known.current = file;
    setLoaded(file);
  }

  async function read(): Promise<LoadedFile> {
    try {
      const { info, content, encoding } = await connection.client.files.content({ path });
      return encoding === 'base64' ? { ...nothing, info, bytes: content } : { info, bytes: null, ...textForm(content) };
    } catch (thrown) {
      // What was deleted while something was typed is still to be seen and saved.
      if (errorCode(thrown) === 'NOT_FOUND' && (known.current || useFiles.getState().drafts[path]))
        return { ...nothing, info: null };
      throw thrown;
    }
  }

  /** Takes in what is on the disk now. */
  async function look(): Promise<void> {
    const now = await read();
    const before = known.current;
    const typed = useFiles.getState().drafts[path];
    const made = typed ? typed.modifiedAt : (before?.info?.modifiedAt ?? null);
    const same = (now.info?.modifiedAt ?? null) === made;
    setError(null);
    if (!before) {
      know(now);
      if (typed && !same) setTheirs(now);
      return;
    }
    if (same) return;
    if (typed || (handle.current && handle.current.text() !== before.text)) setTheirs(now);
    else {
      know(now);
      handle.current?.replace(now.text);
    }
  }

  // Looked at again whenever its folder changed.
  useOnChange(() => {
    if (tick === null || busy.current) return;
    let gone = false;
    look().catch((thrown: unknown) => {
      if (!gone) setError(errorText(thrown));
    });
    return () => {
      gone = true;
    };
  }, [path, tick]);

  async function save(expected = known.current?.info?.modifiedAt ?? null): Promise<void> {
    const before = known.current;
    if (!before || busy.current) return;
    const text = handle.current?.text() ?? before.text;
    busy.current = true;
    setSaving(true);
    try {
      const info = await connection.client.files.save({
        path,
        content: formed(text, before.form),
        encoding: 'utf8',
        expectedModifiedAt: expected,
      });
      know({ ...before, info, text });
      setTheirs(null);
      setError(null);
      // What was typed while it was being saved is not saved yet.
      const present = handle.current?.text() ?? text;
      setDraft(path, present === text ? null : { text: present, modifiedAt: info.modifiedAt });
    } catch (thrown) {
      if (errorCode(thrown) === 'CONFLICT') setTheirs(await read().catch(() => null));
      else setError(errorText(thrown));
    } finally {
      busy.current = false;
      setSaving(false);
    }
  }

  return {
    loaded,
    /** What somebody else made of it, while something typed here is not saved. */
    theirs,
    error,
    saving,
    draft,
    changed(text: string): void {
      const { current } = known;
      if (!current) return;
      const modifiedAt = theirs ? (draft?.modifiedAt ?? null) : (current.info?.modifiedAt ?? null);
      setDraft(path, text === current.text && !theirs ? null : { text, modifiedAt });
    },
    save: () => save(),
    /** Saves what was typed here over what somebody else saved. */
    keepMine: () => save(theirs?.info?.modifiedAt ?? null),
    /** Shows what somebody else saved; what was typed is one undo away. */
    takeTheirs(): void {
      if (!theirs) return;
      know(theirs);
      setTheirs(null);
      handle.current?.replace(theirs.text);
      setDraft(path, null);
    },
    again: () => look().catch((thrown: unknown) => setError(errorText(thrown))),
  };
}
