import { Bell } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../ui/button.tsx';

/** What this browser says to notifications; "desktop" where the app brings its own. */
export function notificationPermission(): NotificationPermission | 'desktop' | 'missing' {
  if (window.controlRoom) return 'desktop';
  return typeof Notification === 'undefined' || !window.isSecureContext ? 'missing' : Notification.permission;
}

/** Asks the browser for leave to notify, by a press of the user as browsers want it; nothing where that is settled. */
export function AskToNotify() {
  const [permission, setPermission] = useState(notificationPermission);
  if (permission === 'denied')
    return (
      <p className="max-w-[380px] text-sm text-ink-3">
        This browser keeps notifications of this page back. Allow them in its settings for this address.
      </p>
    );
  if (permission !== 'default') return null;
  return (
    <Button icon={Bell} onClick={() => void Notification.requestPermission().then(setPermission)}>
      Notify me in this browser
    </Button>
  );
}
