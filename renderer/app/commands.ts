import { useEffect, useRef } from 'react';
import { create } from 'zustand';
import { usePreferences } from '../data/preferences.ts';

/** What can be done by key or from the palette: a name, its keys, and the part of the page it belongs to. */
export interface Command {
  id: string;
  title: string;
  group: 'Go to' | 'Workers' | 'Board' | 'Inbox' | 'Sessions' | 'Terminal' | 'Files' | 'Review' | 'View';
  /** A browser keeps mod+N and the like for itself; the desktop window has its own. */
  keys: readonly string[];
  desktopKeys?: readonly string[];
  /** Keys that stand for it in the inbox, whatever else they do elsewhere. */
  inboxKeys?: readonly string[];
  /** A key that is held down goes on with it; with others only the first press counts. */
  repeats?: boolean;
  /** Not in the palette: it only makes sense with the keyboard. */
  keyOnly?: boolean;
  /** Where it is offered, its keys are its own, whatever else they do on the page. */
  first?: boolean;
}

export const isMac = /mac|iphone|ipad/i.test(navigator.platform);

/** Where Ctrl with a letter belongs to the shell, terminals are driven with Ctrl and Shift as elsewhere on such machines. */
const forTerminal = (mac: readonly string[], elsewhere: readonly string[]): readonly string[] =>
  isMac ? mac : elsewhere;

export const commands: readonly Command[] = [
  { id: 'palette', title: 'Search or run a command', group: 'View', keys: ['mod+K', 'mod+Shift+P'], keyOnly: true },
  { id: 'worker.new', title: 'New worker', group: 'Workers', keys: ['N'], desktopKeys: ['mod+N', 'N'] },
  { id: 'project.add', title: 'Add a project', group: 'Workers', keys: [] },
  { id: 'go.board', title: 'Board', group: 'Go to', keys: ['G B'] },
  { id: 'go.inbox', title: 'Inbox', group: 'Go to', keys: ['G I'] },
  { id: 'go.terminals', title: 'Terminals', group: 'Go to', keys: ['G E'] },
  { id: 'go.files', title: 'Files', group: 'Go to', keys: ['G O'] },
  { id: 'go.sessions', title: 'Search all sessions', group: 'Go to', keys: ['G F', 'mod+Shift+F', '/'] },
  { id: 'go.overlaps', title: 'Overlaps', group: 'Go to', keys: ['G V'] },
  { id: 'go.disk', title: 'Worktrees and disk', group: 'Go to', keys: ['G K'] },
  { id: 'go.usage', title: 'Usage', group: 'Go to', keys: ['G U'] },
  { id: 'go.changes', title: 'Changes of sessions', group: 'Go to', keys: [] },
  { id: 'go.settings', title: 'Settings', group: 'Go to', keys: ['mod+,', 'G S'] },
  { id: 'go.permissions', title: 'Permissions and rules', group: 'Go to', keys: [] },
  { id: 'go.tester', title: 'Rule tester', group: 'Go to', keys: ['G T'] },
  { id: 'go.roles', title: 'Roles', group: 'Go to', keys: ['G R'] },
  { id: 'go.limits', title: 'Limits and spending', group: 'Go to', keys: ['G L'] },
  { id: 'go.audit', title: 'Audit', group: 'Go to', keys: [] },
  { id: 'go.health', title: 'Health', group: 'Go to', keys: ['G H'] },
  { id: 'go.alerts', title: 'Alert rules', group: 'Go to', keys: [] },
  { id: 'go.doctor', title: 'Doctor', group: 'Go to', keys: ['G D'] },
  { id: 'go.logs', title: 'Logs', group: 'Go to', keys: [] },
  { id: 'go.configuration', title: 'Configuration', group: 'Go to', keys: [] },
  { id: 'health.pause', title: 'Pause the charts, or let them go on', group: 'View', keys: ['Shift+P'] },
  { id: 'health.table', title: 'Values of the charts as a table', group: 'View', keys: ['V'] },
  { id: 'alert.new', title: 'New alert rule', group: 'View', keys: ['Shift+N'] },
  { id: 'health.alerts', title: 'Charts or alert rules', group: 'View', keys: ['Shift+L'] },
  { id: 'move.down', title: 'Next', group: 'Board', keys: ['J', 'ArrowDown'], keyOnly: true, repeats: true },
  { id: 'move.up', title: 'Previous', group: 'Board', keys: ['K', 'ArrowUp'], keyOnly: true, repeats: true },
  { id: 'move.left', title: 'Left', group: 'Board', keys: ['H', 'ArrowLeft'], keyOnly: true, repeats: true },
  { id: 'move.right', title: 'Right', group: 'Board', keys: ['L', 'ArrowRight'], keyOnly: true, repeats: true },
  { id: 'open', title: 'Open', group: 'Board', keys: ['Enter'], keyOnly: true },
  { id: 'select', title: 'Select', group: 'Board', keys: ['X'], keyOnly: true },
  { id: 'allow', title: 'Allow, answer or resume', group: 'Inbox', keys: ['A', 'Y'] },
  { id: 'deny', title: 'Deny', group: 'Inbox', keys: ['D'], inboxKeys: ['N'] },
  { id: 'deny.why', title: 'Deny and say why', group: 'Inbox', keys: ['R'], inboxKeys: ['M'] },
  { id: 'scope', title: 'How long a decision holds', group: 'Inbox', keys: ['Shift+A', 'Shift+Y'] },
  { id: 'edit', title: 'Change what runs before allowing it', group: 'Inbox', keys: ['E'] },
  { id: 'snooze', title: 'Snooze', group: 'Inbox', keys: ['S'] },
  { id: 'aside', title: 'Put aside', group: 'Inbox', keys: ['Shift+D'] },
  { id: 'select.equal', title: 'Select all that ask the same', group: 'Inbox', keys: ['Shift+X'] },
  { id: 'open.worker', title: 'Open its worker', group: 'Inbox', keys: ['O'] },
  { id: 'message', title: 'Write to the worker', group: 'Workers', keys: ['M'] },
  { id: 'interrupt', title: 'Interrupt the turn', group: 'Workers', keys: ['I'] },
  { id: 'stop', title: 'Stop the worker', group: 'Workers', keys: ['Shift+S'] },
  { id: 'resume', title: 'Resume the worker', group: 'Workers', keys: ['Shift+R'] },
  {
    id: 'terminal.new',
    title: 'New terminal',
    group: 'Terminal',
    keys: ['T', 'mod+Shift+Enter'],
    desktopKeys: forTerminal(['mod+T', 'T'], ['mod+Shift+T', 'mod+T', 'T']),
  },
  {
    id: 'terminal.right',
    title: 'New terminal to the right',
    group: 'Terminal',
    keys: forTerminal(['mod+D'], ['mod+Shift+D']),
  },
  {
    id: 'terminal.below',
    title: 'New terminal below',
    group: 'Terminal',
    keys: forTerminal(['mod+Shift+D'], ['mod+Shift+E']),
  },
  {
    id: 'terminal.close',
    title: 'Close terminal',
    group: 'Terminal',
    keys: ['mod+Shift+X'],
    desktopKeys: ['mod+Shift+W', 'mod+Shift+X'],
  },
  {
    id: 'terminal.left',
    title: 'Focus the terminal on the left',
    group: 'Terminal',
    keys: ['mod+Alt+ArrowLeft'],
    keyOnly: true,
  },
  {
    id: 'terminal.rightward',
    title: 'Focus the terminal on the right',
    group: 'Terminal',
    keys: ['mod+Alt+ArrowRight'],
    keyOnly: true,
  },
  { id: 'terminal.up', title: 'Focus the terminal above', group: 'Terminal', keys: ['mod+Alt+ArrowUp'], keyOnly: true },
  {
    id: 'terminal.down',
    title: 'Focus the terminal below',
    group: 'Terminal',
    keys: ['mod+Alt+ArrowDown'],
    keyOnly: true,
  },
  {
    id: 'terminal.next',
    title: 'Next terminal',
    group: 'Terminal',
    keys: ['mod+}', 'mod+Alt+]'],
    keyOnly: true,
    repeats: true,
  },
  {
    id: 'terminal.previous',
    title: 'Previous terminal',
    group: 'Terminal',
    keys: ['mod+{', 'mod+Alt+['],
    keyOnly: true,
    repeats: true,
  },
  { id: 'terminal.whole', title: 'One terminal alone, or all again', group: 'Terminal', keys: ['mod+Shift+M'] },
  {
    id: 'terminal.control',
    title: 'Request control of the terminal, or give it back',
    group: 'Terminal',
    keys: ['mod+Alt+G'],
  },
  { id: 'terminal.share', title: 'Share a view of the terminal', group: 'Terminal', keys: [] },
  { id: 'terminal.wall', title: 'All terminals at a glance', group: 'Terminal', keys: ['G W'] },
  {
    id: 'terminal.find',
    title: 'Find in the terminal',
    group: 'Terminal',
    keys: ['mod+Alt+F'],
  },
  { id: 'terminal.clear', title: 'Clear the terminal', group: 'Terminal', keys: ['mod+Shift+K'] },
  { id: 'terminal.larger', title: 'Larger letters', group: 'Terminal', keys: ['mod+=', 'mod++'], repeats: true },
  { id: 'terminal.smaller', title: 'Smaller letters', group: 'Terminal', keys: ['mod+-'], repeats: true },
  { id: 'terminal.normal', title: 'Letters as they were', group: 'Terminal', keys: ['mod+0'] },
  { id: 'find', title: 'Find in this session', group: 'Sessions', keys: ['mod+F'] },
  { id: 'session.fork', title: 'Fork the session into a new worker', group: 'Sessions', keys: ['Shift+F'] },
  { id: 'session.rename', title: 'Rename the session', group: 'Sessions', keys: ['F2'] },
  { id: 'session.pin', title: 'Pin or unpin the session', group: 'Sessions', keys: ['P'] },
  { id: 'session.archive', title: 'Archive the session', group: 'Sessions', keys: ['Shift+E'] },
  { id: 'session.delete', title: 'Delete the session', group: 'Sessions', keys: [] },
  { id: 'session.compress', title: 'Compress the session', group: 'Sessions', keys: ['Shift+C'] },
  { id: 'session.choose', title: 'Choose messages for a new worker', group: 'Sessions', keys: ['C'] },
  { id: 'file.find', title: 'Go to a file', group: 'Files', keys: ['mod+P'] },
  { id: 'file.search', title: 'Search in the files', group: 'Files', keys: ['mod+Shift+H'] },
  { id: 'file.close', title: 'Close the file', group: 'Files', keys: ['mod+Alt+W'] },
  {
    id: 'review.file.next',
    title: 'Next file',
    group: 'Review',
    keys: ['J'],
    first: true,
    keyOnly: true,
    repeats: true,
  },
  {
    id: 'review.file.previous',
    title: 'Previous file',
    group: 'Review',
    keys: ['K'],
    first: true,
    keyOnly: true,
    repeats: true,
  },
  {
    id: 'review.hunk.next',
    title: 'Next change',
    group: 'Review',
    keys: ['N'],
    first: true,
    keyOnly: true,
    repeats: true,
  },
  {
    id: 'review.hunk.previous',
    title: 'Previous change',
    group: 'Review',
    keys: ['P'],
    first: true,
    keyOnly: true,
    repeats: true,
  },
  {
    id: 'review.line.down',
    title: 'Next line',
    group: 'Review',
    keys: ['ArrowDown'],
    first: true,
    keyOnly: true,
    repeats: true,
  },
  {
    id: 'review.line.up',
    title: 'Previous line',
    group: 'Review',
    keys: ['ArrowUp'],
    first: true,
    keyOnly: true,
    repeats: true,
  },
  {
    id: 'review.extend.down',
    title: 'Choose lines downwards',
    group: 'Review',
    keys: ['Shift+ArrowDown', 'Shift+J'],
    first: true,
    keyOnly: true,
    repeats: true,
  },
  {
    id: 'review.extend.up',
    title: 'Choose lines upwards',
    group: 'Review',
    keys: ['Shift+ArrowUp', 'Shift+K'],
    first: true,
    keyOnly: true,
    repeats: true,
  },
  { id: 'review.clear', title: 'Choose nothing', group: 'Review', keys: ['Escape'], first: true, keyOnly: true },
  { id: 'review.viewed', title: 'Mark the file as viewed', group: 'Review', keys: ['V'], first: true },
  { id: 'review.comment', title: 'Comment on the lines', group: 'Review', keys: ['C'], first: true },
  { id: 'review.send', title: 'Send the comments to the worker', group: 'Review', keys: ['mod+Enter'], first: true },
  { id: 'review.stage', title: 'Stage or unstage the change', group: 'Review', keys: ['S'], first: true },
  { id: 'review.stage.file', title: 'Stage or unstage the file', group: 'Review', keys: ['Shift+S'], first: true },
  { id: 'review.discard', title: 'Discard the change', group: 'Review', keys: ['X'], first: true },
  {
    id: 'review.discard.file',
    title: 'Discard the changes of the file',
    group: 'Review',
    keys: ['Shift+X'],
    first: true,
  },
  { id: 'review.undo', title: 'Undo the last staging or discarding', group: 'Review', keys: ['U'], first: true },
  { id: 'review.expand', title: 'Show hidden lines', group: 'Review', keys: ['E'], first: true },
  { id: 'review.edit', title: 'Open the file in the editor', group: 'Review', keys: ['O'], first: true },
  {
    id: 'review.scope.next',
    title: 'Next comparison',
    group: 'Review',
    keys: [']'],
    first: true,
    keyOnly: true,
    repeats: true,
  },
  {
    id: 'review.scope.previous',
    title: 'Previous comparison',
    group: 'Review',
    keys: ['['],
    first: true,
    keyOnly: true,
    repeats: true,
  },
  {
    id: 'review.step.next',
    title: 'Next commit or turn',
    group: 'Review',
    keys: ['}'],
    first: true,
    keyOnly: true,
    repeats: true,
  },
  {
    id: 'review.step.previous',
    title: 'Previous commit or turn',
    group: 'Review',
    keys: ['{'],
    first: true,
    keyOnly: true,
    repeats: true,
  },
  { id: 'review.split', title: 'Side by side or in one column', group: 'Review', keys: ['Shift+V'], first: true },
  { id: 'review.find', title: 'Filter the changed files', group: 'Review', keys: ['/'], first: true },
  { id: 'review.deliver', title: 'Commit, push and merge', group: 'Review', keys: ['Shift+M'], first: true },
  { id: 'rail', title: 'Fold the rail', group: 'View', keys: ['mod+B'] },
  { id: 'inspector', title: 'Show or hide the inspector', group: 'View', keys: ['mod+I'] },
  { id: 'theme', title: 'Switch between dark and light', group: 'View', keys: [] },
  { id: 'shortcuts', title: 'All keys', group: 'View', keys: ['mod+/', '?'] },
];

const byId = new Map(commands.map((command) => [command.id, command]));

/** The keys of a command: the user's own, or those it comes with. */
export function keysOf(id: string, own: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const command = byId.get(id);
  return own[id] ?? (window.controlRoom && command?.desktopKeys ? command.desktopKeys : (command?.keys ?? []));
}

/** The first key of a command as drawn on a key cap. */
export function useKeyOf(id: string): string | undefined {
  return usePreferences((state) => keysOf(id, state.keys)[0]);
}

type Handler = () => void;

/** Who answers a command now: the last one to offer it is asked first. */
const handlers = create<Readonly<Record<string, readonly Handler[]>>>(() => ({}));

/** Answers a command while the component is shown and `enabled`. */
export function useCommand(id: string, handler: Handler, enabled = true): void {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => {
    if (!enabled) return;
    const run = (): void => latest.current();
    handlers.setState((all) => ({ [id]: [...(all[id] ?? []), run] }));
    return () => handlers.setState((all) => ({ [id]: (all[id] ?? []).filter((other) => other !== run) }));
  }, [id, enabled]);
}

/** Runs a command; answers whether anybody did. */
export function runCommand(id: string): boolean {
  const handler = handlers.getState()[id]?.at(-1);
  handler?.();
  return handler !== undefined;
}

/** The commands somebody would answer now. */
export function useAvailableCommands(): Command[] {
  const all = handlers();
  return commands.filter((command) => (all[command.id]?.length ?? 0) > 0);
}

/** How a key press is written in a binding: "mod+Shift+K", "ArrowDown", "?". Null for a bare modifier. */
export function keyOf(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
): string | null {
  if (['Control', 'Meta', 'Alt', 'Shift', 'Dead', 'CapsLock'].includes(event.key)) return null;
  const letter = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const isSign = event.key.length === 1 && event.key.toUpperCase() === event.key.toLowerCase();
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const other = isMac ? event.ctrlKey : event.metaKey;
  return [
    mod ? 'mod' : '',
    other ? (isMac ? 'Ctrl' : 'Meta') : '',
    event.altKey ? 'Alt' : '',
    event.shiftKey && !isSign ? 'Shift' : '',
    letter === ' ' ? 'Space' : letter,
  ]
    .filter(Boolean)
    .join('+');
}

/** How long the second key of a pair like "G B" may take. */
const pairMs = 1200;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['radio', 'checkbox', 'button', 'submit'].includes(target.type);
  return target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** Whether a key belongs to a focused terminal: there only the platform's command key is ours. */
function belongsToTerminal(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('[data-terminal], .xterm') !== null;
}

/**
 * The command that a key stands for while a terminal has the focus: all others are the terminal's own. Ours are the Mac's
 * command key, Ctrl with Shift or Alt, and Ctrl with a sign that no shell knows.
 */
export function chordOf(event: KeyboardEvent): string | null {
  const key = keyOf(event);
  if (!key?.startsWith('mod+')) return null;
  if (!isMac && !/^mod\+(Alt\+|Shift\+|[=+0,{}-]$)/.test(key)) return null;
  const own = usePreferences.getState().keys;
  const found = commands.find(({ id }) => keysOf(id, own).includes(key) && (handlers.getState()[id]?.length ?? 0) > 0);
  return found?.id ?? null;
}

/** Listens for the keys of all commands. Gives back what ends that. */
export function listenForKeys(): () => void {
  let first: { key: string; at: number } | null = null;
  const listen = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const key = keyOf(event);
    if (!key) return;
    if (belongsToTerminal(event.target) && !(isMac && event.metaKey)) return;
    if (isTyping(event.target) && !key.startsWith('mod+')) return;
    // What chooses among options keeps the keys that do so.
    if (event.target instanceof HTMLInputElement && (key.startsWith('Arrow') || key === 'Space')) return;
    // Enter and Space on a focused control press that control.
    if (
      (key === 'Enter' || key === 'Space') &&
      event.target instanceof HTMLElement &&
      event.target.closest('button, a[href], [role="menuitem"], summary')
    ) {
      return;
    }
    const dialogOpen = document.querySelector('[role="dialog"]') !== null;
    const pair = first && event.timeStamp - first.at < pairMs ? `${first.key} ${key}` : null;
    first = { key, at: event.timeStamp };
    const own = usePreferences.getState().keys;
    const isOffered = ({ id }: Command): boolean => (handlers.getState()[id]?.length ?? 0) > 0;
    const inInbox = /^#\/inbox(\/|$)/.test(location.hash);
    for (const wanted of [pair, key]) {
      if (!wanted) continue;
      const command =
        (inInbox
          ? commands.find(
              (candidate) => !own[candidate.id] && candidate.inboxKeys?.includes(wanted) && isOffered(candidate),
            )
          : undefined) ??
        commands.find(
          (candidate) => candidate.first && keysOf(candidate.id, own).includes(wanted) && isOffered(candidate),
        ) ??
        commands.find((candidate) => keysOf(candidate.id, own).includes(wanted) && isOffered(candidate));
      if (!command) continue;
      if (dialogOpen && command.id !== 'palette') return;
      event.preventDefault();
      if (event.repeat && !command.repeats) return;
      first = null;
      runCommand(command.id);
      return;
    }
  };
  window.addEventListener('keydown', listen);
  return () => window.removeEventListener('keydown', listen);
}
