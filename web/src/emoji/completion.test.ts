import { beforeEach, describe, expect, it } from 'vitest';
import { Completion } from './completion.svelte';
import { used, USED_MAX } from './used.svelte';

describe('completion', () => {
  let completion: Completion;
  const look = (text: string) => completion.look(text, text.length);
  const signs = () => completion.offers.map(({ sign }) => sign);

  beforeEach(() => {
    completion = new Completion();
    used.setTone('');
  });

  it('offers for a code that is begun, and steps around', async () => {
    expect(await look('so :smil')).toBeNull();
    expect(signs()[0]).toBe('😄');
    expect([completion.from, completion.to]).toEqual([3, 8]);
    completion.step(-1);
    expect(completion.at).toBe(signs().length - 1);
    completion.step(1);
    expect(completion.at).toBe(0);
    expect(completion.take()).toBe('😄');
    expect(signs()).toEqual([]);
    expect(used.signs[0]).toBe('😄');
  });

  it('gives the emoji of a code that is closed, in the colour that is chosen', async () => {
    expect(await look(':tada:')).toBe('🎉');
    used.setTone('🏽');
    expect(await look(':wave:')).toBe('👋🏽');
    expect(await look(':no_such_thing:')).toBeNull();
    expect(signs()).toEqual([]);
  });

  it('leaves a code alone that nobody wants completed, until another one is typed', async () => {
    await look(':smil');
    completion.refuse(':smil');
    await look(':smil');
    expect(signs()).toEqual([]);
    await look(':smile');
    expect(signs()[0]).toBe('😄');
  });

  it('answers only what was typed last', async () => {
    await Promise.all([look(':smil'), look('nothing')]);
    expect(signs()).toEqual([]);
  });
});

it('as many emojis are remembered as have room, each once, the last one first', () => {
  for (let at = 0; at < USED_MAX + 5; at += 1) used.note(String.fromCodePoint(0x1f600 + at));
  used.note(String.fromCodePoint(0x1f610));
  expect(used.signs).toHaveLength(USED_MAX);
  expect(used.signs[0]).toBe('😐');
  expect(new Set(used.signs).size).toBe(USED_MAX);
  expect(localStorage.getItem('xchat-emoji')).toBe(used.signs.join(' '));
});
