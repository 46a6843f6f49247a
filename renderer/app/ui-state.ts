import { create } from 'zustand';

/** Something that happened elsewhere than where the user looks, with what to do about it. */
export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'error';
  action: { label: string; run: () => void } | null;
}

export type OpenDialog =
  | { kind: 'new-worker'; projectId?: string; prompt?: string }
  | { kind: 'add-project' }
  | { kind: 'shortcuts' }
  | { kind: 'share-terminal'; terminalId: string }
  | { kind: 'rename'; workerId: string }
  | { kind: 'remove-worker'; workerId: string };

interface UiState {
  dialog: OpenDialog | null;
  paletteOpen: boolean;
  /** Open as a drawer where there is no room for it beside the view. */
  inspectorDrawer: boolean;
  railDrawer: boolean;
  toasts: readonly Toast[];
  /** The worker that keys act on where no worker is open: the selected card. */
  selectedWorkerId: string | null;
}

export const useUi = create<UiState>(() => ({
  dialog: null,
  paletteOpen: false,
  inspectorDrawer: false,
  railDrawer: false,
  toasts: [],
  selectedWorkerId: null,
}));

/** Opens a dialog in place of whatever is open, or closes it. */
export function showDialog(dialog: OpenDialog | null): void {
  useUi.setState({ dialog, paletteOpen: false });
}

let lastToastId = 0;
const toastMs = 6000;

/** Tells about something that is not in view. Errors stay until they are closed. */
export function tell(text: string, options: { tone?: Toast['tone']; action?: Toast['action'] } = {}): void {
  lastToastId += 1;
  const id = lastToastId;
  const toast: Toast = { id, text, tone: options.tone ?? 'plain', action: options.action ?? null };
  useUi.setState(({ toasts }) => ({ toasts: [...toasts.slice(-3), toast] }));
  if (toast.tone !== 'error') setTimeout(() => closeToast(id), toastMs);
}

/** Takes a toast away. */
export function closeToast(id: number): void {
  useUi.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}
