import { describe, expect, it } from 'vitest';
import { placesOf } from '../conversation/marked';
import { dayStart, pieces, UNBOUNDED, wishOf, wordsIn } from './finding.svelte';

const chat = { id: 7, peer: 'bob' };

describe('a wish', () => {
  it('needs words, or bounds that are more than a time', () => {
    expect(wishOf('  ', UNBOUNDED, null, 'alice')).toBeNull();
    expect(wishOf('', UNBOUNDED, chat, 'alice')).toBeNull();
    expect(wishOf('', { ...UNBOUNDED, since: '2026-11-01' }, null, 'alice')).toBeNull();
    expect(wishOf('', { ...UNBOUNDED, since: '2026-11-01' }, chat, 'alice')).not.toBeNull();
    expect(wishOf('', { ...UNBOUNDED, links: true }, null, 'alice')).toMatchObject({ kind: 'link' });
  });

  it('keeps the words as they were typed: a space at the end says that the last one is whole', () => {
    expect(wishOf('hello ', UNBOUNDED, null, 'alice')).toMatchObject({ text: 'hello ' });
  });

  it('names who wrote it, and the chat', () => {
    expect(wishOf('x', { ...UNBOUNDED, who: 'me' }, chat, 'alice')).toMatchObject({ from: 'alice', conversation: 7 });
    expect(wishOf('x', { ...UNBOUNDED, who: 'others' }, chat, 'alice')).toMatchObject({ from: 'bob' });
  });

  it('has whole days of this machine, to their last millisecond', () => {
    const wish = wishOf('x', { ...UNBOUNDED, since: '2026-02-28', until: '2026-02-28' }, null, 'alice');
    expect(wish?.from_ms).toBe(new Date(2026, 1, 28).getTime());
    expect(wish?.to_ms).toBe(new Date(2026, 2, 1).getTime() - 1);
    expect(dayStart('')).toBeUndefined();
    expect(dayStart('yesterday')).toBeUndefined();
  });
});

describe('what was found', () => {
  const found = { excerpt: 'the cat and the Cat', marks: [{ from: 4, to: 7 }, { from: 16, to: 19 }] };

  it('is cut where it is marked', () => {
    expect(pieces(found)).toEqual(['the ', 'cat', ' and the ', 'Cat', '']);
    expect(wordsIn(found)).toEqual(['cat', 'Cat']);
    expect(pieces({ excerpt: '', marks: [] })).toEqual(['']);
  });

  it('is marked again in the message itself', () => {
    expect(placesOf('a cat, a cat', ['cat', ''])).toEqual([
      [2, 5],
      [9, 12],
    ]);
  });
});
