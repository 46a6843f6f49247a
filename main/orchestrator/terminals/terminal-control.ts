import { type Access, allows } from '../../../shared/access.ts';
import { AppError } from '../../../shared/errors.ts';
import type { TerminalId } from '../../../shared/ids.ts';
import { controlAnswerMs, type TerminalControl, type TerminalViewer } from '../../../shared/terminal-control.ts';

/** A viewer as its surface knows it. */
export interface Watcher extends Omit<TerminalViewer, 'since'> {
  /** Tells that a connection is of the same page as one before it; known to that page alone. */
  client?: string | undefined;
}

/** Who asks for something: its connection, when it has one, and what it may do. */
interface Asker {
  viewerId?: string | undefined;
  access: Access;
}

interface Room {
  watchers: Map<string, Watcher & { since: number }>;
  driverId: string | null;
  driverTypedAt: number;
  requests: TerminalControl['requests'];
  timer: NodeJS.Timeout | undefined;
}

export type TerminalControls = ReturnType<typeof createTerminalControl>;

/** One driver and many viewers for each terminal. Lives as long as the connections do: nothing of it is kept. */
export function createTerminalControl(deps: { now: () => number; answerMs?: number }) {
  const { now } = deps;
  const answerMs = deps.answerMs ?? controlAnswerMs;
  const rooms = new Map<TerminalId, Room>();
  const listeners = new Set<(id: TerminalId) => void>();

  function of(id: TerminalId): TerminalControl {
    const room = rooms.get(id);
    if (!room) return { driverId: null, viewers: [], requests: [] };
    return {
      driverId: room.driverId,
      viewers: [...room.watchers.values()].map(({ client: _client, ...viewer }) => viewer),
      requests: [...room.requests],
    };
  }

  /** Tells of a change, after the clock for what waits is set again. */
  function changed(id: TerminalId, room: Room): TerminalControl {
    clearTimeout(room.timer);
    room.timer = undefined;
    const [next] = room.requests;
    if (next) room.timer = setTimeout(() => settle(id, room), Math.max(0, next.settlesAt - now())).unref();
    for (const listener of [...listeners]) listener(id);
    return of(id);
  }

  function drive(room: Room, viewerId: string): void {
    room.driverId = viewerId;
    room.driverTypedAt = now();
    // Who still asks asks the new driver, and waits for an answer of that one.
    room.requests = room.requests
      .filter((request) => request.viewerId !== viewerId)
      .map(({ viewerId: asking }) => ({ viewerId: asking, askedAt: now(), settlesAt: now() + answerMs }));
  }

  /** Nobody answered: control passes when the driver has not typed since it was asked for, else it stays. */
  function settle(id: TerminalId, room: Room): void {
    const [due] = room.requests;
    if (due && due.settlesAt <= now()) {
      if (room.driverTypedAt <= due.askedAt) drive(room, due.viewerId);
      else room.requests = room.requests.slice(1);
    }
    changed(id, room);
  }

  /** The room and viewer of the connection that calls. */
  function present(id: TerminalId, viewerId: string | undefined) {
    const room = rooms.get(id);
    const watcher = viewerId === undefined ? undefined : room?.watchers.get(viewerId);
    if (!room || !watcher) {
      throw new AppError(
        'CONFLICT',
        'Control belongs to one who watches the terminal: attach to it on the same WebSocket first, or name a viewer (viewerId).',
        { id },
      );
    }
    if (!watcher.canDrive) throw new AppError('FORBIDDEN', 'This viewer may look at terminals, not type into them.');
    return { room, watcher };
  }

  /** The room of a terminal, for one who may decide over its control. */
  function decided(id: TerminalId, asker: Asker): Room {
    const room = rooms.get(id);
    if (!room) throw new AppError('CONFLICT', 'Nobody watches this terminal: there is no control to give.', { id });
    if (room.driverId !== asker.viewerId && !allows(asker.access, 'admin'))
      throw new AppError('FORBIDDEN', 'Only who drives this terminal can give control of it. Request it instead.', {
        id,
      });
    return room;
  }

  function asking(room: Room, viewerId: string): void {
    if (room.requests.some((request) => request.viewerId === viewerId)) return;
    throw new AppError('CONFLICT', 'This viewer does not ask for control any more.', { viewerId });
  }

  return {
    of,
    /** Calls with the terminal whose driver, viewers or requests changed. */
    onChange(listener: (id: TerminalId) => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    /** A viewer came. It drives when nobody does, unless it only came to look, and when its page drove before. */
    join(id: TerminalId, watcher: Watcher, watchOnly: boolean): void {
      const room: Room = rooms.get(id) ?? {
        watchers: new Map(),
        driverId: null,
        driverTypedAt: 0,
        requests: [],
        timer: undefined,
      };
      rooms.set(id, room);
      const driver = room.driverId === null ? undefined : room.watchers.get(room.driverId);
      const known = room.watchers.get(watcher.id);
      room.watchers.set(watcher.id, { ...watcher, since: known?.since ?? now() });
      const returns = watcher.client !== undefined && driver?.client === watcher.client && driver.id !== watcher.id;
      if (watcher.canDrive && (returns || (driver === undefined && !watchOnly))) drive(room, watcher.id);
      changed(id, room);
    },
    /** A viewer went. What it drove is free: for who asked first, or for who types next. */
    leave(id: TerminalId, viewerId: string): void {
      const room = rooms.get(id);
      if (!room?.watchers.delete(viewerId)) return;
      room.requests = room.requests.filter((request) => request.viewerId !== viewerId);
      if (room.driverId === viewerId) {
        room.driverId = null;
        const [first] = room.requests;
        if (first) drive(room, first.viewerId);
      }
      if (room.watchers.size === 0) rooms.delete(id);
      changed(id, room);
    },
    /** Whether what a connection types counts. Who types where nobody drives becomes the driver. */
    typed(id: TerminalId, viewerId: string): boolean {
      const room = rooms.get(id);
      if (!room) return true;
      if (room.driverId === null && room.watchers.get(viewerId)?.canDrive) {
        drive(room, viewerId);
        changed(id, room);
      }
      if (room.driverId === viewerId) room.driverTypedAt = now();
      return room.driverId === null || room.driverId === viewerId;
    },
    /** Whether the size that a connection asks for counts. */
    sizes(id: TerminalId, viewerId: string): boolean {
      const driverId = rooms.get(id)?.driverId ?? null;
      return driverId === null || driverId === viewerId;
    },
    /** Refuses a call that types or resizes past the driver; programs with administrator's access may. */
    checkCall(id: TerminalId, { viewerId, access }: Asker): void {
      const room = rooms.get(id);
      if (!room || room.driverId === null || room.driverId === viewerId) return;
      if (viewerId === undefined && allows(access, 'admin')) return;
      throw drivenByAnother(of(id));
    },
    request(id: TerminalId, { viewerId }: Asker): TerminalControl {
      const { room, watcher } = present(id, viewerId);
      if (room.driverId === watcher.id || room.requests.some((request) => request.viewerId === watcher.id))
        return of(id);
      if (room.driverId === null) drive(room, watcher.id);
      else room.requests = [...room.requests, { viewerId: watcher.id, askedAt: now(), settlesAt: now() + answerMs }];
      return changed(id, room);
    },
    grant(id: TerminalId, viewerId: string, asker: Asker): TerminalControl {
      const room = decided(id, asker);
      asking(room, viewerId);
      drive(room, viewerId);
      return changed(id, room);
    },
    refuse(id: TerminalId, viewerId: string, asker: Asker): TerminalControl {
      const room = decided(id, asker);
      asking(room, viewerId);
      room.requests = room.requests.filter((request) => request.viewerId !== viewerId);
      return changed(id, room);
    },
    release(id: TerminalId, { viewerId }: Asker): TerminalControl {
      const { room, watcher } = present(id, viewerId);
      room.requests = room.requests.filter((request) => request.viewerId !== watcher.id);
      if (room.driverId === watcher.id) {
        room.driverId = null;
        const [first] = room.requests;
        if (first) drive(room, first.viewerId);
      }
      return changed(id, room);
    },
    take(id: TerminalId, viewerId: string | undefined, asker: Asker): TerminalControl {
      const { room, watcher } = present(id, viewerId ?? asker.viewerId);
      drive(room, watcher.id);
      return changed(id, room);
    },
    close(): void {
      for (const { timer } of rooms.values()) clearTimeout(timer);
      rooms.clear();
    },
  };
}

/** Says who drives, and what to do. */
export function drivenByAnother({ driverId, viewers }: TerminalControl): AppError {
  const name = viewers.find(({ id }) => id === driverId)?.name ?? 'Somebody else';
  return new AppError('CONFLICT', `${name} drives this terminal. Request control to type into it.`);
}
