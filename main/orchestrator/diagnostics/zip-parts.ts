import { strToU8, zipSync } from 'fflate';
import type { DiagnosticsPart } from '../../../shared/diagnostics.ts';

/** The parts as a zip file, in a folder of the file's own name. */
export function zipParts(parts: readonly DiagnosticsPart[], at: number): { fileName: string; bytes: Uint8Array } {
  const name = `control-room-diagnostics-${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}`;
  const files = Object.fromEntries(parts.map((part) => [`${name}/${part.name}`, strToU8(part.text)]));
  return { fileName: `${name}.zip`, bytes: zipSync(files, { level: 6, mtime: at }) };
}
