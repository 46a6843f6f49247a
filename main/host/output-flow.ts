import type { OutputLog } from './output-log.ts';

/** Above this the child waits until the disk has caught up, so that a full disk costs memory only this far. */
const WAITING_HIGH_BYTES = 8 * 1024 * 1024;
const WAITING_LOW_BYTES = 2 * 1024 * 1024;
/** Output this small goes on at once (a key's echo); larger pieces of one turn of the loop are joined. */
const SMALL_BYTES = 1024;
/**
 * Of a flood, which follows its last piece this closely, this much is joined, or what this time brings. A turn of the loop
 * gives 4 kB, and each piece costs a write and a read of every process on its way.
 */
const FLOOD_MS = 4;
const FLOOD_JOIN_BYTES = 64 * 1024;
const FLOOD_WAIT_MS = 2;
/** Somebody types: floods elsewhere are not read for so long, or until this long after the answer. */
const YIELD_MS = 10;
const YIELD_AFTER_ANSWER_MS = 2;
/** What flooded within this long before a key is one that waits for its answer. */
const LATELY_MS = 20;
/**
 * From a key until so long after it, all floods elsewhere together are read at this pace (8 MB/s, what a window
 * shows). A flood keeps both ends of every pipe on its way busy; on a machine without an idle core the next key would wait
 * at each of them for its turn (28 ms of 46 in the worst keys before the orchestrator alone).
 */
const TYPING_MS = 1000;
const PACE_MS = 4;
const PACE_BYTES = 32 * 1024;
const PACE_LEAST_BYTES = 4 * 1024;

/** The output of one process on its way into its logs. */
export interface OutputLane {
  /** Takes what was read. The buffer must not change afterwards. */
  take(log: OutputLog, bytes: Buffer): void;
  /** Puts what is still being joined into the log. */
  passOn(log: OutputLog): void;
  /** The disk took something: the process that waited for it may be read again. */
  relieve(): void;
  /** Somebody typed into this one: leaves the machine to its answer. */
  typed(): void;
  /** Passes on what is left. Nothing comes any more. */
  end(): void;
}

/** Where the output of all processes comes by: joins floods, lets what is small pass, and gives way to who types. */
export interface OutputFlow {
  open(source: { logs: readonly OutputLog[]; read(on: boolean): void }): OutputLane;
  /** Passes on all that is being joined. Safe to call twice. */
  close(): void;
}

interface Lane {
  logs: readonly OutputLog[];
  read(on: boolean): void;
  /** Waits for the disk. */
  full: boolean;
  /** Waits for who types elsewhere. */
  held: boolean;
  reading: boolean;
  /** Read since the last turn of the pace. */
  turnBytes: number;
  floodedAt: number;
}

interface Joined {
  lane: Lane;
  parts: Buffer[];
  sizeBytes: number;
  flood: boolean;
}

export function createOutputFlow(): OutputFlow {
  const lanes = new Set<Lane>();
  const joined = new Map<OutputLog, Joined>();
  let passing: NodeJS.Immediate | null = null;
  let floodPassing: NodeJS.Timeout | null = null;
  /** What was typed into last, and until when the others keep to the pace. */
  let typedLane: Lane | null = null;
  let pacedUntil = 0;
  let awaitsAnswer = false;
  let turnLimitBytes = PACE_BYTES;
  let paceTimer: NodeJS.Timeout | null = null;

  const readOrWait = (lane: Lane): void => {
    const reading = !lane.full && !lane.held;
    if (reading === lane.reading) return;
    lane.reading = reading;
    lane.read(reading);
  };

  const relieve = (lane: Lane): void => {
    const waitingBytes = Math.max(...lane.logs.map((log) => log.waitingBytes));
    if (!lane.full && waitingBytes > WAITING_HIGH_BYTES) lane.full = true;
    else if (lane.full && waitingBytes < WAITING_LOW_BYTES) lane.full = false;
    else return;
    readOrWait(lane);
  };

  const passOn = (log: OutputLog): void => {
    const item = joined.get(log);
    if (!item) return;
    joined.delete(log);
    item.lane.floodedAt = performance.now();
    log.append(item.parts.length === 1 ? (item.parts[0] as Buffer) : Buffer.concat(item.parts, item.sizeBytes));
    relieve(item.lane);
  };

  // The smallest first: beside a flood, an echo does not queue behind it.
  const passAllOn = (withFloods: boolean): void => {
    const order = [...joined].filter(([, { flood }]) => withFloods || !flood);
    order.sort(([, a], [, b]) => a.sizeBytes - b.sizeBytes);
    for (const [log] of order) passOn(log);
  };

  const takeTurnIn = (ms: number): void => {
    if (paceTimer) clearTimeout(paceTimer);
    paceTimer = setTimeout(takeTurn, ms);
  };

  /** Gives every flood its share until the next turn, or frees them when nobody types any more. */
  const takeTurn = (): void => {
    paceTimer = null;
    const now = performance.now();
    if (now >= pacedUntil) typedLane = null;
    let busy = 0;
    let floods = 0;
    for (const lane of lanes) {
      if (lane.held || lane.turnBytes > 0) busy += 1;
      if (lane.held || lane.turnBytes >= PACE_LEAST_BYTES) floods += 1;
      lane.turnBytes = 0;
      lane.held = false;
      readOrWait(lane);
    }
    turnLimitBytes = Math.max(PACE_LEAST_BYTES, PACE_BYTES / Math.max(1, floods));
    // Where nothing comes there are no turns: the next one begins with what comes next.
    if (typedLane && busy > 0) takeTurnIn(PACE_MS);
  };

  const typed = (lane: Lane): void => {
    const now = performance.now();
    typedLane = lane;
    pacedUntil = now + TYPING_MS;
    awaitsAnswer = true;
    let waits = false;
    for (const each of lanes) {
      each.held = each !== lane && (each.held || now - each.floodedAt < LATELY_MS);
      waits ||= each.held;
      readOrWait(each);
    }
    if (waits) takeTurnIn(YIELD_MS);
  };

  const take = (lane: Lane, log: OutputLog, bytes: Buffer): void => {
    if (typedLane === lane) {
      if (awaitsAnswer && paceTimer) takeTurnIn(YIELD_AFTER_ANSWER_MS);
      awaitsAnswer = false;
    } else if (typedLane && performance.now() >= pacedUntil) {
      typedLane = null;
    } else if (typedLane) {
      lane.turnBytes += bytes.length;
      if (!paceTimer) takeTurnIn(PACE_MS);
      if (lane.turnBytes >= turnLimitBytes) {
        lane.held = true;
        readOrWait(lane);
      }
    }
    const item = joined.get(log);
    if (item) {
      const last = item.parts.at(-1) as Buffer;
      // Read side by side: one piece, without a copy.
      const joins = last.buffer === bytes.buffer && last.byteOffset + last.length === bytes.byteOffset;
      if (joins)
        item.parts[item.parts.length - 1] = Buffer.from(bytes.buffer, last.byteOffset, last.length + bytes.length);
      else item.parts.push(bytes);
      item.sizeBytes += bytes.length;
      if (item.sizeBytes >= FLOOD_JOIN_BYTES) passOn(log);
    } else if (bytes.length <= SMALL_BYTES) {
      log.append(bytes);
    } else {
      const flood = performance.now() - lane.floodedAt < FLOOD_MS;
      joined.set(log, { lane, parts: [bytes], sizeBytes: bytes.length, flood });
      if (flood) {
        floodPassing ??= setTimeout(() => {
          floodPassing = null;
          passAllOn(true);
        }, FLOOD_WAIT_MS);
      } else {
        passing ??= setImmediate(() => {
          passing = null;
          passAllOn(false);
        });
      }
    }
  };

  return {
    open({ logs, read }) {
      const lane: Lane = { logs, read, full: false, held: false, reading: true, turnBytes: 0, floodedAt: -LATELY_MS };
      lanes.add(lane);
      return {
        take: (log, bytes) => take(lane, log, bytes),
        passOn,
        relieve: () => relieve(lane),
        typed: () => typed(lane),
        end() {
          for (const log of logs) passOn(log);
          lanes.delete(lane);
          if (typedLane === lane) typedLane = null;
        },
      };
    },
    close() {
      if (passing) clearImmediate(passing);
      if (floodPassing) clearTimeout(floodPassing);
      if (paceTimer) clearTimeout(paceTimer);
      passAllOn(true);
    },
  };
}
