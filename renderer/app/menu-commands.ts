import { runCommand } from './commands.ts';

/** Runs what the desktop's own menu asks for. Gives back what ends that. */
export function listenForMenu(): () => void {
  const listen = (event: Event): void => {
    if (event instanceof CustomEvent && typeof event.detail === 'string') runCommand(event.detail);
  };
  window.addEventListener('control-room:command', listen);
  return () => window.removeEventListener('control-room:command', listen);
}
