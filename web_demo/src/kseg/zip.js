/**
 * Members of an uncompressed zip that lies behind something else, as a bundle's does.
 * Offsets are counted from the end of the directory, so that what comes before does not
 * matter.
 */

import { crc32 } from "./crc32.js";

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;

/** What is wrong with an archive; `readBundle` makes a sentence of it. */
export class ArchiveError extends Error {}

/**
 * Where the members of an archive are.
 *
 * @param {Uint8Array} bytes The file.
 * @returns {Map<string, {at: number, size: number, crc: number, method: number}>}
 * @throws {ArchiveError} There is no directory, or it leaves the file.
 */
export function readDirectory(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  const start = end - view.getUint32(end + 12, true);
  const before = start - view.getUint32(end + 16, true);
  const entries = new Map();
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at < 0 || at + 46 > end || view.getUint32(at, true) !== ENTRY) {
      throw new ArchiveError("its directory is damaged");
    }
    const nameBytes = view.getUint16(at + 28, true);
    const name = new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      bytes.subarray(at + 46, at + 46 + nameBytes),
    );
    const [method, size] = [
      view.getUint16(at + 10, true),
      view.getUint32(at + 24, true),
    ];
    const packed = view.getUint32(at + 20, true);
    if (at + 46 + nameBytes > end || (method === 0 && packed !== size)) {
      throw new ArchiveError("its directory is damaged");
    }
    entries.set(name, {
      at: before + view.getUint32(at + 42, true),
      size,
      crc: view.getUint32(at + 16, true),
      method,
    });
    at +=
      46 +
      nameBytes +
      view.getUint16(at + 30, true) +
      view.getUint16(at + 32, true);
  }
  return entries;
}

/**
 * What a member holds.
 *
 * @param {Uint8Array} bytes The file.
 * @param {ReturnType<typeof readDirectory>} entries
 * @param {string} name
 * @param {number} most Bytes that it may have.
 * @returns {Uint8Array} A view, not a copy.
 * @throws {ArchiveError} It is missing, compressed, too large, damaged or leaves the file.
 */
export function readMember(bytes, entries, name, most) {
  const entry = entries.get(name);
  if (entry === undefined) throw new ArchiveError(`it has no ${name}`);
  if (entry.method !== 0) throw new ArchiveError(`its ${name} is compressed`);
  if (entry.size > most)
    throw new ArchiveError(`its ${name} has ${entry.size} bytes, over ${most}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { at } = entry;
  if (at < 0 || at + 30 > bytes.length || view.getUint32(at, true) !== LOCAL) {
    throw new ArchiveError(`its ${name} is not where the directory says`);
  }
  const start =
    at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  const content = bytes.subarray(start, start + entry.size);
  if (content.length !== entry.size || crc32(content) !== entry.crc) {
    throw new ArchiveError(`its ${name} was altered or damaged`);
  }
  return content;
}

/** Where the end record begins: behind it is at most a comment of 65,535 bytes. */
function findEnd(view) {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw new ArchiveError("it has no directory");
}
