import type { ContractClient } from '../../shared/contract.ts';
import type { TerminalId } from '../../shared/ids.ts';
import type { Recording } from '../../shared/terminals.ts';

/** Everything of a recording from its start, read as it is needed. */
export function createRecordingBytes(client: ContractClient, id: TerminalId, recording: Recording) {
  const parts: { from: number; bytes: Uint8Array }[] = [];
  let end = recording.start;
  return {
    /** The bytes from one offset to another, as pieces; reads what is not there yet. */
    async pieces(from: number, to: number, signal: AbortSignal): Promise<Uint8Array[]> {
      while (end < to) {
        const part = await client.terminals.recordingPart({ id, from: end }, { signal });
        const bytes = Uint8Array.from(atob(part.data), (letter) => letter.charCodeAt(0));
        if (bytes.length === 0) break;
        parts.push({ from: part.from, bytes });
        end = part.to;
      }
      return parts
        .filter((part) => part.from < to && part.from + part.bytes.length > from)
        .map((part) => part.bytes.subarray(Math.max(0, from - part.from), Math.max(0, to - part.from)));
    },
  };
}
