import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const look = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--term-bg)', color: 'var(--fg)', fontSize: '12px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    fontFamily: 'var(--font-mono)',
    lineHeight: '19px',
    fontVariantLigatures: 'none',
    fontFeatureSettings: '"calt" 0, "liga" 0',
  },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--fg)' },
  '.cm-line': { padding: '0 16px 0 8px' },
  '.cm-cursor': { borderLeftColor: 'var(--fg)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--term-selection)',
  },
  '.cm-gutters': { backgroundColor: 'var(--term-bg)', color: 'var(--fg-3)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '44px', padding: '0 8px 0 12px' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--bg-hover)' },
  '.cm-activeLineGutter': { color: 'var(--fg)' },
  '.cm-matchingBracket': { backgroundColor: 'var(--accent-bg)', outline: '1px solid var(--accent-line)' },
  '.cm-searchMatch': { backgroundColor: 'var(--accent-bg)', outline: '1px solid var(--accent-line)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--accent-line)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--bg-active)' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--bg-active)', border: 'none', color: 'var(--fg-2)' },
  '.cm-panels': { backgroundColor: 'var(--bg-raised)', color: 'var(--fg)', fontFamily: 'var(--font-sans)' },
  '.cm-panels.cm-panels-top': { borderBottom: '1px solid var(--line)' },
  '.cm-panel.cm-search': { padding: '8px 12px', display: 'flex', flexWrap: 'wrap', gap: '6px', alignItems: 'center' },
  '.cm-panel.cm-search br': { display: 'none' },
  '.cm-panel.cm-search label': { fontSize: '12px', color: 'var(--fg-2)', display: 'inline-flex', gap: '4px' },
  '.cm-panel.cm-search [name=close]': {
    position: 'static',
    marginLeft: 'auto',
    fontSize: '16px',
    color: 'var(--fg-2)',
  },
  '.cm-textfield': {
    backgroundColor: 'var(--bg-inset)',
    border: '1px solid var(--line-control)',
    borderRadius: '6px',
    height: '26px',
    fontSize: '12px',
    padding: '0 8px',
    margin: '0',
  },
  '.cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--bg-control)',
    border: '1px solid var(--line-strong)',
    borderRadius: '6px',
    height: '26px',
    fontSize: '12px',
    margin: '0',
  },
  '.cm-insertedLine, .cm-changedLine': { backgroundColor: 'var(--add-bg)' },
  '.cm-changedText, .cm-insertedLine .cm-changedText': { background: 'var(--add-word)' },
  '.cm-deletedChunk': { backgroundColor: 'var(--del-bg)', paddingLeft: '8px' },
  '.cm-deletedChunk .cm-deletedText, .cm-deletedLine del': { background: 'var(--del-word)', textDecoration: 'none' },
  '.cm-changeGutter': { width: '3px' },
  '.cm-changedLineGutter': { background: 'var(--add)' },
  '.cm-deletedLineGutter': { background: 'var(--del)' },
  '.cm-deletedChunk .cm-chunkButtons button': {
    border: '1px solid var(--line-strong)',
    borderRadius: '4px',
    backgroundColor: 'var(--bg-raised)',
    color: 'var(--fg)',
    padding: '1px 8px',
    margin: '0 2px',
    fontSize: '11px',
  },
  '.cm-collapsedLines': { background: 'var(--gap-bg)', color: 'var(--fg-3)', padding: '4px 12px' },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.self, tags.null, tags.bool], class: 'syntax-key' },
  { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.attributeValue], class: 'syntax-string' },
  { tag: [tags.number, tags.atom, tags.unit], class: 'syntax-number' },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.tagName, tags.link, tags.url],
    class: 'syntax-function',
  },
  { tag: [tags.comment, tags.meta], class: 'syntax-comment' },
  { tag: [tags.typeName, tags.className, tags.namespace, tags.attributeName], class: 'syntax-type' },
  { tag: tags.heading, fontWeight: '620' },
  { tag: tags.strong, fontWeight: '620' },
  { tag: tags.emphasis, fontStyle: 'italic' },
]);

/** How an editor looks, in the colours of the page. */
export const editorTheme: Extension = [look, syntaxHighlighting(colours)];
