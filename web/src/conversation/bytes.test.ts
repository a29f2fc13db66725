import { describe, expect, it } from 'vitest';
import { byteLength, bytesLeft, TEXT_BYTES_MAX, TEXT_BYTES_NEAR } from './bytes';

describe('the length of a text', () => {
  it('is what an encoder writes', () => {
    for (const text of ['', 'abc', 'مرحبا', 'naïve €', '👨‍👩‍👧', '\ud800', '\ude00x', 'a\ud83d']) {
      expect(byteLength(text), JSON.stringify(text)).toBe(new TextEncoder().encode(text).length);
    }
  });

  it('is told near the limit only', () => {
    expect(bytesLeft('x'.repeat(1_000))).toBeNull();
    expect(bytesLeft('x'.repeat(TEXT_BYTES_NEAR - 1))).toBeNull();
    expect(bytesLeft('x'.repeat(TEXT_BYTES_NEAR))).toBe(TEXT_BYTES_MAX - TEXT_BYTES_NEAR);
    expect(bytesLeft('x'.repeat(TEXT_BYTES_MAX))).toBe(0);
    expect(bytesLeft('ب'.repeat(TEXT_BYTES_MAX / 2 + 1))).toBe(-2);
  });
});
