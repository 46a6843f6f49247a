import { closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory } from '@codemirror/commands';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, LanguageDescription } from '@codemirror/language';
import { languages } from '@codemirror/language-data';
import { unifiedMergeView } from '@codemirror/merge';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { type RefObject, useEffect, useRef } from 'react';
import { useOnChange } from '../ui/use-on-change.ts';
import { editorTheme } from './editor-theme.ts';

/** Typing is handed on when this long nothing was typed, in milliseconds: a large text is not copied at each key. */
const handOnMs = 250;

export interface EditorHandle {
  /** The text as it stands, whatever was handed on. */
  text(): string;
  /** Puts another text in the place of it, keeping the cursor where the two agree. */
  replace(text: string): void;
  goTo(line: number, column: number): void;
  focus(): void;
}

/** A text in an editor with colours, find, and marks of what differs from another text. */
export function CodeEditor({
  name,
  text,
  readOnly,
  wrap,
  original,
  mayRevert,
  handle,
  onChange,
  onSave,
}: {
  /** Of the file: tells the language. */
  name: string;
  /** What it begins with; later ones come through the handle. */
  text: string;
  readOnly: boolean;
  wrap: boolean;
  /** What it is compared with; null: nothing. */
  original: string | null;
  /** Whether each difference has a button that takes the other side. */
  mayRevert: boolean;
  handle: RefObject<EditorHandle | null>;
  onChange: (text: string) => void;
  onSave: () => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef({ onChange, onSave });
  latest.current = { onChange, onSave };
  const parts = useRef({
    language: new Compartment(),
    wrap: new Compartment(),
    merge: new Compartment(),
    lock: new Compartment(),
  });
  const view = useRef<EditorView | null>(null);

  // The editor keeps the text from here on.
  useOnChange(() => {
    if (!place.current) return;
    const { language, wrap: wrapping, merge, lock } = parts.current;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const handOn = (): void => {
      if (timer === undefined) return;
      clearTimeout(timer);
      timer = undefined;
      latest.current.onChange(editor.state.doc.toString());
    };
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(),
          foldGutter(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          highlightSpecialChars(),
          history(),
          drawSelection(),
          EditorState.allowMultipleSelections.of(true),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          highlightSelectionMatches(),
          search({ top: true }),
          keymap.of([
            {
              key: 'Mod-s',
              preventDefault: true,
              run: () => {
                handOn();
                latest.current.onSave();
                return true;
              },
            },
            ...closeBracketsKeymap,
            ...defaultKeymap,
            ...searchKeymap,
            ...historyKeymap,
            ...foldKeymap,
            indentWithTab,
          ]),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            clearTimeout(timer);
            timer = setTimeout(handOn, handOnMs);
          }),
          // Also one that is only read is reached by the keyboard and scrolled there.
          EditorView.contentAttributes.of({ 'aria-label': name, tabindex: '0' }),
          editorTheme,
          language.of([]),
          wrapping.of(wrap ? EditorView.lineWrapping : []),
          merge.of(marksOf(original, mayRevert)),
          lock.of(lockOf(readOnly)),
        ],
      }),
    });
    view.current = editor;
    handle.current = {
      text: () => editor.state.doc.toString(),
      replace(next) {
        const before = editor.state.doc.toString();
        if (before === next) return;
        let from = 0;
        while (from < before.length && from < next.length && before[from] === next[from]) from += 1;
        let end = 0;
        const most = Math.min(before.length, next.length) - from;
        while (end < most && before[before.length - 1 - end] === next[next.length - 1 - end]) end += 1;
        editor.dispatch({
          changes: { from, to: before.length - end, insert: next.slice(from, next.length - end) },
          // One step to undo, apart from what was typed just before.
          annotations: isolateHistory.of('full'),
        });
      },
      goTo(line, column) {
        const at = editor.state.doc.line(Math.max(1, Math.min(editor.state.doc.lines, line)));
        const anchor = Math.min(at.to, at.from + Math.max(0, column - 1));
        editor.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
        editor.focus();
      },
      focus: () => editor.focus(),
    };
    const found = LanguageDescription.matchFilename(languages, name);
    let gone = false;
    // Without its language a text is still a text.
    void found?.load().then(
      (support) => {
        if (!gone) editor.dispatch({ effects: language.reconfigure(support) });
      },
      () => undefined,
    );
    return () => {
      gone = true;
      handOn();
      handle.current = null;
      view.current = null;
      editor.destroy();
    };
  }, []);

  useEffect(() => {
    view.current?.dispatch({ effects: parts.current.wrap.reconfigure(wrap ? EditorView.lineWrapping : []) });
  }, [wrap]);
  useEffect(() => {
    view.current?.dispatch({ effects: parts.current.lock.reconfigure(lockOf(readOnly)) });
  }, [readOnly]);
  useEffect(() => {
    view.current?.dispatch({ effects: parts.current.merge.reconfigure(marksOf(original, mayRevert)) });
  }, [original, mayRevert]);

  return <div ref={place} className="h-full min-h-0 overflow-hidden" />;
}

const lockOf = (readOnly: boolean): Extension => [EditorState.readOnly.of(readOnly), EditorView.editable.of(!readOnly)];

const marksOf = (original: string | null, mayRevert: boolean): Extension =>
  original === null
    ? []
    : unifiedMergeView({
        original,
        gutter: true,
        mergeControls: mayRevert,
        collapseUnchanged: { margin: 4, minSize: 8 },
      });
