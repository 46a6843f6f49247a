import { Eye, Keyboard } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useEffect, useRef } from 'react';
import { useStore as useVanilla } from 'zustand';
import { allows } from '../../shared/access.ts';
import type { ControlNews, TerminalViewer } from '../../shared/terminal-control.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { tell } from '../app/ui-state.ts';
import { useNow } from '../data/clock.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { CommandKey } from '../ui/key-cap.tsx';
import { Line } from './line.tsx';
import type { LiveTerminal } from './live-terminal.ts';
import { driverOf, drives } from './own-control.ts';
import { menuItem, menuLook } from './profile-menu.tsx';

/** What can be done about control, from here. */
function useControl(live: LiveTerminal) {
  const { client } = useApp().connection;
  const run = (call: Promise<unknown>): void => {
    call.then(
      () => live.terminal.focus(),
      (error: unknown) => tell(errorText(error), { tone: 'error' }),
    );
  };
  const { id } = live;
  return {
    request: () => run(client.terminals.control.request({ id })),
    release: () => run(client.terminals.control.release({ id })),
    take: () => run(client.terminals.control.take({ id })),
    grant: (viewerId: string) => run(client.terminals.control.grant({ id, viewerId })),
    refuse: (viewerId: string) => run(client.terminals.control.refuse({ id, viewerId })),
  };
}

const nameOf = (news: ControlNews, viewerId: string): string =>
  news.control.viewers.find(({ id }) => id === viewerId)?.name ?? 'Somebody';

const ownRequest = (news: ControlNews) => news.control.requests.find(({ viewerId }) => viewerId === news.you);

/** Over the screen: who asks for control, and that keys are not taken here. Answers the command for control. */
export function ControlLines({ live, active, readOnly }: { live: LiveTerminal; active: boolean; readOnly: boolean }) {
  const news = useVanilla(live.state, (state) => state.control);
  const inVain = useVanilla(live.state, (state) => state.typedInVain);
  const admin = useStore((state) => allows(state.access, 'admin'));
  const control = useControl(live);
  const driving = drives(news);
  const asked = news !== null && ownRequest(news) !== undefined;
  const others = news !== null && news.control.viewers.length > 1;
  useCommand(
    'terminal.control',
    () => (driving || asked ? control.release() : control.request()),
    active && !readOnly && others,
  );
  useRefusals(news);
  if (!news || readOnly) return null;
  const driver = driverOf(news);
  return (
    <>
      {driving &&
        news.control.requests.map(({ viewerId, settlesAt }) => (
          <Line key={viewerId} urgent text={<b className="font-medium">{nameOf(news, viewerId)} asks for control.</b>}>
            <Countdown until={settlesAt} words={(left) => `Passes in ${left} s unless you type`} />
            <Button size="sm" look="primary" onClick={() => control.grant(viewerId)}>
              Hand over
            </Button>
            <Button size="sm" onClick={() => control.refuse(viewerId)}>
              Keep it
            </Button>
          </Line>
        ))}
      {inVain && driver && !driving && (
        <Line urgent text={`${driver.name} drives this terminal: what you type here is not sent.`}>
          {asked ? (
            <Button size="sm" onClick={control.release}>
              Do not ask
            </Button>
          ) : (
            <Button size="sm" look="primary" onClick={control.request}>
              Request control
            </Button>
          )}
          {admin && (
            <Button size="sm" onClick={control.take}>
              Take it
            </Button>
          )}
          <Button size="sm" look="ghost" onClick={() => live.state.setState({ typedInVain: false })}>
            Dismiss
          </Button>
        </Line>
      )}
    </>
  );
}

/** Tells one who asked that it was not given, or that it was. */
function useRefusals(news: ControlNews | null): void {
  const before = useRef<ControlNews | null>(null);
  useEffect(() => {
    const last = before.current;
    before.current = news;
    if (!news || !last || last.you !== news.you) return;
    const driver = driverOf(news);
    if (drives(last) && !drives(news) && driver) tell(`${driver.name} drives ${news.title} now.`);
    if (ownRequest(last) && !ownRequest(news) && !drives(news) && driver?.id === last.control.driverId)
      tell(`${driver?.name ?? 'The driver'} keeps control of ${news.title}.`);
  }, [news]);
}

function Countdown({ until, words }: { until: number; words: (left: number) => string }) {
  const now = useNow();
  return (
    <span className="figures text-ink-3" aria-hidden>
      {words(Math.max(0, Math.ceil((until - now) / 1000)))}
    </span>
  );
}

/** In the line under the screen: who drives, who watches, and the way to change it. */
export function ControlState({ live, readOnly }: { live: LiveTerminal; readOnly: boolean }) {
  const news = useVanilla(live.state, (state) => state.control);
  const access = useStore((state) => state.access);
  const control = useControl(live);
  if (!news) return null;
  const driver = driverOf(news);
  const driving = drives(news);
  const own = ownRequest(news);
  const alone = news.control.viewers.length === 1;
  const may = !readOnly && allows(access, 'reply');
  return (
    <>
      <span role="status" className="inline-flex min-w-0 items-center gap-1.5">
        {driving ? (
          <>
            {!alone && <Keyboard size={13} aria-hidden className="shrink-0 text-accent-text" />}
            <span className={alone ? undefined : 'font-medium text-accent-text'}>You drive</span>
          </>
        ) : driver ? (
          <span className="truncate text-ink-2">
            <b className="font-medium">{driver.name}</b> drives
          </span>
        ) : (
          <span>{readOnly ? 'for viewing' : 'nobody drives'}</span>
        )}
      </span>
      {own && <Countdown until={own.settlesAt} words={(left) => `asked, ${left} s`} />}
      {may && !driving && (
        <Button size="xs" className="h-5 max-phone:h-8" onClick={own ? control.release : control.request}>
          {own ? 'Do not ask' : driver ? 'Request control' : 'Drive'}
        </Button>
      )}
      {!alone && <Viewers news={news} may={may} control={control} />}
    </>
  );
}

/** How many watch; who they are, when it is opened. */
function Viewers({ news, may, control }: { news: ControlNews; may: boolean; control: ReturnType<typeof useControl> }) {
  const admin = useStore((state) => allows(state.access, 'admin'));
  const { viewers } = news.control;
  const driving = drives(news);
  const act = (name: string, key: ReactNode, run: () => void) => (
    <DropdownMenu.Item className={menuItem} onSelect={run}>
      <span className="flex-1">{name}</span>
      {key}
    </DropdownMenu.Item>
  );
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button
          look="ghost"
          size="xs"
          icon={Eye}
          className="figures h-5 px-1.5 max-phone:h-8"
          aria-label={`${viewers.length} have this terminal before them: who`}
        >
          {viewers.length}
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="end" side="top" sideOffset={4} className={menuLook}>
          <DropdownMenu.Label className="px-2 pt-1 pb-0.5 text-xs text-ink-3">Before this terminal</DropdownMenu.Label>
          {viewers.map((viewer) => (
            <ViewerRow key={viewer.id} viewer={viewer} news={news} />
          ))}
          {may && (driving || admin) && <DropdownMenu.Separator className="my-1 h-px bg-hair" />}
          {may && driving && act('Give control back', <CommandKey id="terminal.control" />, control.release)}
          {may && !driving && admin && act('Take control', null, control.take)}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function ViewerRow({ viewer, news }: { viewer: TerminalViewer; news: ControlNews }) {
  const isDriver = viewer.id === news.control.driverId;
  const Icon = isDriver ? Keyboard : Eye;
  return (
    <div className="flex min-h-8 items-center gap-2.5 px-2 max-phone:min-h-11">
      <Icon size={14} aria-hidden className={isDriver ? 'text-accent-text' : 'text-ink-3'} />
      <span className="min-w-0 flex-1 truncate">
        {viewer.name}
        {viewer.id === news.you && <span className="text-ink-3"> (here)</span>}
      </span>
      <span className="text-xs text-ink-3">
        {isDriver ? 'drives' : viewer.kind === 'share' ? 'by link, watches' : 'watches'}
      </span>
    </div>
  );
}
