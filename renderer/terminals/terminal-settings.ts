import type { WorkspaceModel } from 'react-resizable-panels';
import { create } from 'zustand';

/** What the terminals of this browser look like and how they are arranged. Kept in local storage. */
export interface TerminalSettings {
  /** In pixels. */
  fontSize: number;
  copyOnSelect: boolean;
  /** Whether a program may put text on the clipboard (OSC 52). */
  clipboard: 'ask' | 'always' | 'never';
  screenReader: boolean;
  /** `plain`: never the graphics card, however good it is. */
  drawing: 'auto' | 'plain';
  /** Tabs and splits; null until something is opened. */
  layout: WorkspaceModel<null> | null;
  /** Where the keyboard was. */
  focusedId: string | null;
  /** How many lines above the end each terminal was left, by terminal. Absent: at the end. */
  scrolledBack: Readonly<Record<string, number>>;
}

const key = 'control-room.terminals';
export const defaultFontSize = 12.5;

function read(): TerminalSettings {
  const initial: TerminalSettings = {
    fontSize: defaultFontSize,
    copyOnSelect: false,
    clipboard: 'ask',
    screenReader: false,
    drawing: 'auto',
    layout: null,
    focusedId: null,
    scrolledBack: {},
  };
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '{}');
    return typeof stored === 'object' && stored !== null ? { ...initial, ...stored } : initial;
  } catch {
    // Storage is blocked or unreadable: start with what everybody starts with.
    return initial;
  }
}

export const useTerminalSettings = create<TerminalSettings>(read);

useTerminalSettings.subscribe((settings) => {
  try {
    localStorage.setItem(key, JSON.stringify(settings));
  } catch {
    // Storage is full or blocked: the choice holds until the page is closed.
  }
});

/** Changes some of them. */
export function setTerminalSettings(part: Partial<TerminalSettings>): void {
  useTerminalSettings.setState(part);
}

const smallest = 8;
const largest = 28;

/** Letters one step larger (1) or smaller (-1), or as they were at first (0). */
export function zoom(step: -1 | 0 | 1): void {
  const { fontSize } = useTerminalSettings.getState();
  setTerminalSettings({
    fontSize: step === 0 ? defaultFontSize : Math.min(largest, Math.max(smallest, Math.round(fontSize) + step)),
  });
}

/** Keeps where a terminal was left, in lines above its end. */
export function keepScroll(terminalId: string, lines: number): void {
  const { [terminalId]: before = 0, ...rest } = useTerminalSettings.getState().scrolledBack;
  if (before !== lines) setTerminalSettings({ scrolledBack: lines > 0 ? { ...rest, [terminalId]: lines } : rest });
}
