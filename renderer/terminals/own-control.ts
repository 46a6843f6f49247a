import type { ControlNews, TerminalViewer } from '../../shared/terminal-control.ts';
import { controlNewsSchema } from '../../shared/terminal-control.ts';

/** The news in a frame; null when it cannot be read. */
export function readControl(bytes: Uint8Array): ControlNews | null {
  return controlNewsSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data ?? null;
}

/** Whether this page drives. */
export function drives(news: ControlNews | null): boolean {
  return news !== null && news.control.driverId === news.you;
}

/** Who drives; null when nobody does. */
export function driverOf(news: ControlNews): TerminalViewer | null {
  return news.control.viewers.find(({ id }) => id === news.control.driverId) ?? null;
}

/** Whether what is typed here would be taken: nobody else drives, as far as is known. */
export function mayDrive(news: ControlNews | null): boolean {
  return news === null || news.control.driverId === null || drives(news);
}
