/** The checksum of zip archives and PNG chunks. */

const TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++)
    value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  return value;
});

/**
 * @param {Uint8Array} bytes
 * @returns {number} 32 bits, not negative.
 */
export function crc32(bytes) {
  let crc = ~0;
  for (let i = 0; i < bytes.length; i++)
    crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]) & 255];
  return ~crc >>> 0;
}
