import { act, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import type { ContractClient } from '../../shared/contract.ts';
import type { State } from '../../shared/events.ts';
import { createActions } from '../app/actions.ts';
import { AppContext } from '../app/app-context.ts';
import { rowsOf } from '../data/apply-event.ts';
import { useStore } from '../data/store.ts';

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}
globalThis.IS_REACT_ACT_ENVIRONMENT = true;

/** Draws a part of the page over a given state; calls go to the given functions, by path such as "approvals.decide". */
export async function render(
  node: ReactNode,
  state: State,
  calls: Record<string, (input: never) => unknown> = {},
): Promise<{ root: HTMLElement; unmount: () => void }> {
  /** What stands at a path: a call, and what stands below it. */
  const at = (path: string): unknown =>
    new Proxy(
      async (input: never) => {
        const call = calls[path];
        if (!call) throw new Error(`${path} was not expected`);
        return call(input);
      },
      { get: (_call, name: string) => at(path ? `${path}.${name}` : name) },
    );
  const client = at('') as ContractClient;
  useStore.setState({
    rows: rowsOf(state),
    system: state.system,
    access: state.access,
    connection: { status: 'live' },
    epoch: 1,
    clockSkewMs: state.now - Date.now(),
  });
  const connection = {
    client,
    terminals: { sendFrame: () => undefined, onFrame: () => () => undefined, onReconnect: () => () => undefined },
    retry: () => undefined,
    close: () => undefined,
  };
  const host = document.createElement('div');
  document.body.append(host);
  const root = createRoot(host);
  await act(async () =>
    root.render(<AppContext value={{ connection, actions: createActions(client), signOut: null }}>{node}</AppContext>),
  );
  return {
    root: host,
    unmount: () => {
      act(() => root.unmount());
      host.remove();
    },
  };
}

/** The button whose text starts with these words. */
export function button(root: HTMLElement, words: string): HTMLButtonElement {
  const found = [...root.querySelectorAll('button')].find((candidate) => candidate.textContent?.startsWith(words));
  if (!found) throw new Error(`there is no button “${words}”`);
  return found;
}

/** Types into a field as a person does, in the eyes of React. */
export async function type(field: HTMLTextAreaElement | HTMLInputElement, text: string): Promise<void> {
  const prototype = Object.getPrototypeOf(field) as object;
  await act(async () => {
    Object.getOwnPropertyDescriptor(prototype, 'value')?.set?.call(field, text);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

/** Settles when what was asked for is answered and drawn. */
export const settled = (): Promise<void> => act(() => new Promise<void>((resolve) => setTimeout(resolve, 0)));
