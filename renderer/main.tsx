import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createActions } from './app/actions.ts';
import { App, loadView, Waiting } from './app/app.tsx';
import { AppContext, type AppParts } from './app/app-context.ts';
import { Pairing } from './app/device-pairing.tsx';
import { later } from './app/later.tsx';
import { parseRoute } from './app/router.ts';
import { SignIn } from './app/sign-in.tsx';
import { openPortChannel, openSocketChannel } from './data/channel.ts';
import { createConnection } from './data/connection.ts';
import { pairingCode } from './data/pairing.ts';
import { createShareConnection, sharedToken } from './data/share-connection.ts';
import { useStore } from './data/store.ts';
import { rememberToken, splitToken, takeToken } from './data/token.ts';
import './ui/styles.css';
import { listenForWakes } from './data/wakes.ts';

const bridge = window.controlRoom;

/** Another token means another start: everything of the last connection goes with the page. */
function signIn(token: string | null): void {
  rememberToken(token);
  location.reload();
}

function connect(): AppParts | null {
  const token = bridge ? '' : takeToken();
  if (token === null) return null;
  const connection = createConnection(
    (signal) => (bridge ? openPortChannel(bridge, signal) : openSocketChannel(token, signal)),
    useStore,
    // A port to the same machine breaks with it, never beside it.
    bridge ? undefined : listenForWakes,
  );
  return { connection, actions: createActions(connection.client), signOut: bridge ? null : () => signIn(null) };
}

function Root({ parts }: { parts: AppParts | null }) {
  const refused = useStore((state) => (state.connection.status === 'refused' ? state.connection.reason : null));
  const ready = useStore((state) => state.system !== null);
  if (parts === null || (refused && !bridge)) return <SignIn reason={refused} onToken={signIn} />;
  return <AppContext value={parts}>{ready ? <App /> : <Waiting />}</AppContext>;
}

const Shared = later(async () => (await import('./terminals/shared-view.tsx')).SharedView);

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
// One who came by a link is shown a terminal and nothing else: no token is taken or remembered, no state is read.
const shareToken = bridge ? null : sharedToken(location.hash);
const shared = shareToken === null ? null : createShareConnection(shareToken);
const pairCode = bridge ? null : pairingCode(location.hash);
// A code is used once: it goes from the address before anything can show or keep it.
if (pairCode !== null) history.replaceState(null, '', location.pathname);
const parts = shared || pairCode !== null ? null : connect();
// An address with a token opened in this tab: the fragment alone changes, so the page has to take it itself.
window.addEventListener('hashchange', () => {
  if (!bridge && sharedToken(location.hash) !== shareToken) return location.reload();
  if (!bridge && pairingCode(location.hash) !== null) return location.reload();
  if (!bridge && splitToken(location.hash).token !== null) {
    takeToken();
    location.reload();
  }
});

/** An answer that comes sooner is the first thing drawn; a later one is waited for in sight. */
const answerWithinMs = 250;

/** Settles when there is an answer. */
function firstAnswer(): Promise<void> {
  return new Promise((resolve) => {
    const endListening = useStore.subscribe((state) => {
      if (state.system === null && state.connection.status === 'connecting') return;
      endListening();
      resolve();
    });
  });
}

function pageOf(): ReactNode {
  if (shared) return <Shared connection={shared} />;
  if (pairCode !== null) return <Pairing code={pairCode} onToken={signIn} />;
  return <Root parts={parts} />;
}

/** Settles when there is something to show, and what shows it; or when that is not waited for any longer. */
async function somethingToShow(): Promise<void> {
  // One that cannot be loaded says so when it is drawn.
  const view = loadView(parseRoute(location.hash)).catch(() => undefined);
  const late = new Promise((resolve) => setTimeout(resolve, answerWithinMs));
  await Promise.race([Promise.all([firstAnswer(), view]), late]);
}

const page = createRoot(root);
void (parts ? somethingToShow() : Promise.resolve()).then(() => page.render(<StrictMode>{pageOf()}</StrictMode>));
