import { describe, expect, it } from 'vitest';
import { beginning, emojiCount, isBlank, shown, SHOWN_LENGTH, SHOWN_LINES } from './text';

describe('a received text', () => {
  it('keeps what people write', () => {
    for (const text of ['Hello\n\tworld', 'مرحبًا بِكُم 👨‍👩‍👧', 'שָׁלוֹם‏!', 'naïve café']) {
      expect(shown(text)).toBe(text);
    }
  });

  it('loses control characters', () => {
    expect(shown('a\u0000b\u001b[31mc\u007f\u0085d')).toBe('ab[31mcd');
    expect(shown('one\r\ntwo\rthree')).toBe('one\ntwo\nthree');
  });

  it('loses empty lines that nobody needs', () => {
    expect(shown('a\n\n\nb')).toBe('a\n\n\nb');
    expect(shown(`top${'\n \t'.repeat(500)}\nbottom`)).toBe('top\n\n\nbottom');
    expect(shown(`\n\n x ${'\n'.repeat(500)}`)).toBe('x');
  });

  it('loses towers of accents but no honest mark', () => {
    const tower = `z${'\u0300'.repeat(5_000)}`;
    expect(shown(tower).length).toBeLessThan(12);
    expect(shown('بِّ')).toBe('بِّ');
  });

  it('knows when there is nothing to see', () => {
    expect(isBlank(' \u200B\u202E\n\u2063\u3164')).toBe(true);
    expect(isBlank(' . ')).toBe(false);
  });
});

describe('a huge text', () => {
  const huge = 'word '.repeat(13_107);

  it('shows its beginning', () => {
    expect(beginning(huge)?.length).toBe(SHOWN_LENGTH);
    expect(beginning('short')).toBeNull();
    expect(beginning('x\n'.repeat(500))?.split('\n').length).toBe(SHOWN_LINES);
    expect(beginning('a\nb')).toBeNull();
  });

  it('is cut between letters', () => {
    const cut = beginning(`x${'😀'.repeat(9_000)}`) ?? '';
    expect(cut.at(-1)).toBe('\ude00');
  });
});

describe('emoji alone', () => {
  it('are counted up to three', () => {
    expect(emojiCount('👍')).toBe(1);
    expect(emojiCount(' 👨‍👩‍👧 🇪🇬 ')).toBe(2);
    expect(emojiCount('🙂🙂🙂')).toBe(3);
    expect(emojiCount('🙂🙂🙂🙂')).toBe(0);
    expect(emojiCount('ok 👍')).toBe(0);
    expect(emojiCount('12')).toBe(0);
    expect(emojiCount('')).toBe(0);
  });
});
