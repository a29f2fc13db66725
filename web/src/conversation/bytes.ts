// The length of a message, as the protocol counts it.

/** The most bytes of UTF-8 that a message may have. */
export const TEXT_BYTES_MAX = 64 * 1024;
/** From here on the composer says how much is left. */
export const TEXT_BYTES_NEAR = 60 * 1024;

/** The length of a text in UTF-8. Lone surrogates count as the replacement that an encoder writes for them. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else if (code >= 0xd800 && code <= 0xdbff && isLow(text.charCodeAt(at + 1))) {
      bytes += 4;
      at += 1;
    } else bytes += 3;
  }
  return bytes;
}

/** How many bytes are left, or nothing while the limit is far away. Negative when there are too many. */
export function bytesLeft(text: string): number | null {
  // No letter takes more than three bytes for each of its units: short texts aren't counted at all.
  if (text.length * 3 < TEXT_BYTES_NEAR) return null;
  const bytes = byteLength(text);
  return bytes < TEXT_BYTES_NEAR ? null : TEXT_BYTES_MAX - bytes;
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
