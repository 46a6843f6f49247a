import { Clock } from 'lucide-react';
import { DropdownMenu, Dialog as Radix } from 'radix-ui';
import { useState } from 'react';
import type { InboxItem } from '../../shared/inbox.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { serverNow } from '../data/clock.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { clockTime } from '../ui/format.ts';
import { KeyCap } from '../ui/key-cap.tsx';

const minuteMs = 60_000;
const morningHour = 8;

/** Eight in the morning of the next day, on this machine's clock. */
export function tomorrowMorning(now: number): number {
  const day = new Date(now);
  day.setDate(day.getDate() + 1);
  return day.setHours(morningHour, 0, 0, 0);
}

const itemLook =
  'flex h-8 items-center gap-3 rounded-2 px-2.5 outline-none data-[highlighted]:bg-active max-phone:h-12';

/** Puts items off for a while. S opens it, a number chooses. */
export function SnoozeMenu({
  items,
  size = 'lg',
  className,
  onDone,
}: {
  items: readonly InboxItem[];
  size?: 'sm' | 'lg' | 'touch';
  className?: string;
  onDone?: () => void;
}) {
  const { actions } = useApp();
  const [open, setOpen] = useState(false);
  const [choosing, setChoosing] = useState(false);
  useCommand('snooze', () => setOpen(true), items.length > 0);
  const now = serverNow();
  const snoozed = items.length > 0 && items.every((item) => (item.snoozedUntil ?? 0) > now);
  const until = (at: number | null): void => {
    for (const item of items) void actions.snooze(item, at);
    setOpen(false);
    setChoosing(false);
    onDone?.();
  };
  const choices: { label: string; run: () => void; hint?: string }[] = [
    ...(snoozed ? [{ label: 'Bring it back now', run: () => until(null) }] : []),
    { label: 'For 15 minutes', run: () => until(serverNow() + 15 * minuteMs) },
    { label: 'For an hour', run: () => until(serverNow() + 60 * minuteMs) },
    {
      label: 'Until tomorrow morning',
      run: () => until(tomorrowMorning(serverNow())),
      hint: clockTime(tomorrowMorning(now), now),
    },
    { label: 'Until…', run: () => setChoosing(true) },
  ];
  return (
    <>
      <DropdownMenu.Root open={open} onOpenChange={setOpen}>
        <DropdownMenu.Trigger asChild>
          <Button size={size} look="ghost" icon={Clock} command="snooze" className={className}>
            {snoozed ? 'Snoozed' : 'Snooze'}
          </Button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align="end"
            sideOffset={6}
            className="enter z-(--z-popover) min-w-56 rounded-3 bg-raised p-1 shadow-(--shadow-pop)"
            onKeyDown={(event) => {
              const choice = /^[1-9]$/.test(event.key) ? choices[Number(event.key) - 1] : undefined;
              if (!choice || event.repeat) return;
              event.preventDefault();
              setOpen(false);
              choice.run();
            }}
          >
            {choices.map(({ label, run, hint }, index) => (
              <DropdownMenu.Item key={label} className={itemLook} onSelect={run}>
                <span className="flex-1">{label}</span>
                {hint && <span className="text-sm text-ink-3">{hint}</span>}
                <KeyCap keys={String(index + 1)} />
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {choosing && <UntilDialog onClose={() => setChoosing(false)} onChoose={until} />}
    </>
  );
}

function UntilDialog({ onClose, onChoose }: { onClose: () => void; onChoose: (at: number) => void }) {
  const [value, setValue] = useState(() => localText(serverNow() + 3 * 60 * minuteMs));
  const at = new Date(value).getTime();
  const valid = Number.isFinite(at) && at > serverNow();
  return (
    <Dialog open onClose={onClose} title="Snooze until" width={360}>
      <form
        className="grid gap-3 px-5 pt-2 pb-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (valid) onChoose(at);
        }}
      >
        <input
          type="datetime-local"
          aria-label="When it comes back"
          value={value}
          onChange={(event) => setValue(event.target.value)}
          className="h-8 rounded-3 bg-well px-2 ring-1 ring-inset ring-hair-control/70 focus-visible:ring-focus max-phone:h-12 max-phone:text-[16px]"
        />
        {!valid && <p className="text-sm text-failed">Choose a moment that is still to come.</p>}
        <div className="flex justify-end gap-2">
          <Radix.Close asChild>
            <Button look="ghost">Cancel</Button>
          </Radix.Close>
          <Button type="submit" look="primary" disabled={!valid}>
            Snooze
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** A moment as the field wants it: local, to the minute. */
function localText(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * minuteMs).toISOString().slice(0, 16);
}
