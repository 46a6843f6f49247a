import { useState } from 'react';
import { Panel, SettingRow } from '../settings/panel.tsx';
import { SavedText } from '../settings/saved-text.tsx';
import { useSetting } from '../settings/use-setting.ts';
import { Switch } from '../ui/fields.tsx';
import { ValueList } from './value-list.tsx';

const longestWindowSeconds = 3600;
const mostRequests = 10_000_000;

/** Which further pages may call the port, whose word on a caller's address is taken, and how often one may call. */
export function TrafficPanel() {
  const origins = useSetting('corsOrigins');
  const proxies = useSetting('trustedProxies');
  return (
    <Panel
      title="Pages, proxies and rates"
      about="For a page at another address, a proxy in front, and against floods."
    >
      <SettingRow label="Allowed pages" error={origins.error} lockedBy={origins.lockedBy} hint="besides its own">
        <ValueList
          values={origins.value ?? []}
          disabled={origins.disabled}
          invalid={origins.error !== null}
          onSave={origins.save}
          fieldLabel="Origin to allow"
          placeholder="https://rooms.example.org"
          removeLabel={(origin) => `Allow ${origin} no more`}
          add="Allow"
        />
      </SettingRow>
      <SettingRow
        label="Trusted proxies"
        error={proxies.error}
        lockedBy={proxies.lockedBy}
        hint="only these may say whom they speak for"
      >
        <ValueList
          values={proxies.value ?? []}
          disabled={proxies.disabled}
          invalid={proxies.error !== null}
          onSave={proxies.save}
          fieldLabel="Proxy to trust"
          placeholder="127.0.0.1"
          removeLabel={(proxy) => `Trust ${proxy} no more`}
          add="Trust"
        />
      </SettingRow>
      <Rates />
    </Panel>
  );
}

/** 0 is off, null what holds by itself: 100, and this machine's own programs are not counted. */
function Rates() {
  const max = useSetting('rateLimitMax');
  const windowMs = useSetting('rateLimitWindowMs');
  const [maxProblem, setMaxProblem] = useState<string | null>(null);
  const [windowProblem, setWindowProblem] = useState<string | null>(null);
  const isOff = max.value === 0;
  const saveMax = (typed: string): void => {
    const text = typed.trim();
    const fits = text === '' || (/^\d{1,8}$/.test(text) && Number(text) >= 1 && Number(text) <= mostRequests);
    setMaxProblem(fits ? null : `Write a whole number from 1 to ${mostRequests}, or nothing for 100.`);
    if (fits) void max.save(text === '' ? null : Number(text));
  };
  const saveWindow = (typed: string): void => {
    const seconds = Number(typed.trim().replace(',', '.'));
    const fits = typed.trim() !== '' && seconds >= 1 && seconds <= longestWindowSeconds;
    setWindowProblem(fits ? null : `Write seconds from 1 to ${longestWindowSeconds}, such as 60.`);
    if (fits) void windowMs.save(Math.round(seconds * 1000));
  };
  const maxError = maxProblem ?? max.error;
  const windowError = windowProblem ?? windowMs.error;
  return (
    <>
      <SettingRow label="Rate limit" lockedBy={max.lockedBy}>
        <Switch
          aria-label="Limit the requests of an address"
          checked={!isOff}
          disabled={max.disabled}
          onCheckedChange={(on) => {
            setMaxProblem(null);
            void max.save(on ? null : 0);
          }}
        />
        <span className="text-sm text-ink-2">
          {isOff ? 'off. Wrong credentials are slowed down all the same.' : 'each address for itself'}
        </span>
      </SettingRow>
      {!isOff && (
        <>
          <SettingRow
            label="Most requests"
            error={maxError}
            hint={
              max.lockedBy
                ? undefined
                : max.value === null
                  ? 'of an address in one window; this machine’s own programs are not counted'
                  : 'of an address in one window, this machine’s own programs too; empty: 100 without those'
            }
          >
            <SavedText
              label="Most requests of an address"
              value={max.value == null ? '' : String(max.value)}
              placeholder="100"
              disabled={max.disabled}
              invalid={maxError !== null}
              onSave={saveMax}
              className="w-24"
            />
          </SettingRow>
          <SettingRow label="Window" error={windowError} lockedBy={windowMs.lockedBy} hint="seconds">
            <SavedText
              label="Seconds of a window"
              value={windowMs.value === undefined ? '' : String(windowMs.value / 1000)}
              disabled={windowMs.disabled}
              invalid={windowError !== null}
              onSave={saveWindow}
              className="w-24"
            />
          </SettingRow>
        </>
      )}
    </>
  );
}
