/** What the desktop writes down. */
export interface DesktopLog {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
  fatal(details: object, message: string): void;
}

/** A log for before there is one: what is said is written down, in order, as soon as `log` is there. */
export function createDesktopLog(log: Promise<DesktopLog>): DesktopLog {
  const say = (level: keyof DesktopLog) => (details: object, message: string) =>
    void log.then(
      (there) => there[level](details, message),
      // A start without a log is one that fails, and its reason is told to the user.
      () => undefined,
    );
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error'), fatal: say('fatal') };
}
