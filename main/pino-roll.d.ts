/** The part of pino-roll that is used here; the package brings no types. */
declare module 'pino-roll' {
  import type { DestinationStream } from 'pino';

  export interface RollingStream extends DestinationStream {
    on(name: 'error', listener: (error: Error) => void): void;
    once(name: 'close', listener: () => void): void;
    end(): void;
  }

  // biome-ignore lint/style/noDefaultExport: it is how the package exports it
  export default function buildStream(options: {
    /** Path of the file without its number and extension. */
    file: string;
    extension: string;
    /** Such as `5m`. */
    size: string;
    /** Files kept beside the present one; with `removeOtherLogFiles` those of earlier starts are counted too. */
    limit: { count: number; removeOtherLogFiles: boolean };
    mkdir: boolean;
    mode: number;
    sync: boolean;
  }): Promise<RollingStream>;
}
