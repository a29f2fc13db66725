import { describe, expect, it } from 'vitest';
import ar from './data/emoji-ar.json';
import en from './data/emoji-en.json';
import { named, typed } from './code';
import { find, fold, read, toned, TONES } from './emoji';

const groups = { en: read(en), ar: read(ar) };
const signs = (lang: 'en' | 'ar', text: string) => find(groups[lang], text, 5).map(({ sign }) => sign);

describe('the lists', () => {
  it('have the same emojis in both languages, each with a name', () => {
    const of = (lang: 'en' | 'ar') => groups[lang].map((group) => group.map(({ sign }) => sign));
    expect(of('ar')).toEqual(of('en'));
    expect(groups.en).toHaveLength(9);
    expect(groups.en.flat().length).toBeGreaterThan(1800);
    for (const { name } of groups.ar.flat()) expect(name).not.toBe('');
    // Flags of places with no Arabic name of their own aside, all is in Arabic letters.
    expect(groups.ar.flat().filter(({ name }) => !/[ء-ي]/u.test(name))).toEqual([]);
  });

  it('have nothing that is no reaction: at most 64 bytes, and no letters', () => {
    for (const one of groups.en.flat())
      for (const tone of TONES) {
        expect(new TextEncoder().encode(toned(one, tone)).length, one.name).toBeLessThanOrEqual(64);
        // As the other side judges it: no letters of a language, but those in squares and circles.
        expect(toned(one, tone).replace(/[\u2100-\u2bff]/gu, '')).not.toMatch(/[\p{L}\s]/u);
      }
  });
});

describe('an emoji is found', () => {
  it('by its code first, then by its name, then by other words', () => {
    expect(signs('en', 'smile')[0]).toBe('😄');
    expect(signs('en', 'red heart')[0]).toBe('❤️');
    expect(signs('en', 'thumbs up')[0]).toBe('👍');
    expect(signs('en', 'bye')).toContain('👋');
    // What was begun leads to the shortest code first, and to the shortest name.
    expect(signs('en', 'smi').slice(0, 2)).toEqual(['😄', '😏']);
    expect(find(groups.ar, 'قلب', 5).every(({ names }) => names.length <= 2)).toBe(true);
  });

  it('in Arabic, however it is written', () => {
    expect(signs('ar', 'قلب أحمر')[0]).toBe('❤️');
    expect(signs('ar', 'قلب احمر')[0]).toBe('❤️');
    expect(signs('ar', 'القلب')).not.toEqual([]);
    // Short codes are the same everywhere.
    expect(signs('ar', 'smile')[0]).toBe('😄');
    expect(fold('إِبْتِسَامَة')).toBe(fold('ابتسامه'));
  });

  it('only by what is there', () => {
    expect(signs('en', 'zzzz')).toEqual([]);
    expect(signs('en', '  ')).toEqual([]);
  });
});

describe('a colour of skin', () => {
  const by = (sign: string) => groups.en.flat().find((one) => one.sign === sign) ?? { sign, rule: '' as const };
  it('is put where it belongs', () => {
    expect(toned(by('👋'), '🏽')).toBe('👋🏽');
    expect(toned(by('🧑‍⚕️'), '🏿')).toBe('🧑🏿‍⚕️');
    expect(toned(by('✌️'), '🏻')).toBe('✌🏻');
    expect(toned(by('🧑‍🤝‍🧑'), '🏽')).toBe('🧑🏽‍🤝‍🧑🏽');
    expect(toned(by('🐻'), '🏽')).toBe('🐻');
    expect(toned(by('👋'), '')).toBe('👋');
  });
});

describe('a code that is typed', () => {
  it('begins at a colon after a space', () => {
    expect(typed('so :smi', 7)).toEqual({ from: 3, text: 'smi', whole: false });
    expect(typed(':heart_eyes:', 12)).toEqual({ from: 0, text: 'heart eyes', whole: true });
    expect(typed('هذا :قلب', 8)).toEqual({ from: 4, text: 'قلب', whole: false });
  });

  it('is none in a time, an address, or a smile', () => {
    for (const text of ['12:30', 'https://x', ':)', ':s', 'a:smile', ': smile']) expect(typed(text, text.length)).toBeNull();
  });
});

describe('a name that is typed', () => {
  it('begins with @ where no word or address goes on', () => {
    expect(named('ask @al', 7)).toEqual({ from: 4, text: 'al', whole: false });
    expect(named('@', 1)).toEqual({ from: 0, text: '', whole: false });
    expect(named('مرحبا @Noor', 11)).toEqual({ from: 6, text: 'noor', whole: false });
    for (const text of ['me@al', 'a.@b', '@al ', '@@a', '@ä']) expect(named(text, text.length)).toBeNull();
  });
});
