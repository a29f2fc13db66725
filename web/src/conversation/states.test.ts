import { describe, expect, it } from 'vitest';
import { isClosed, presence, story, word, type Surroundings } from './states';
import { conversationEn } from './words';
import { conversationAr } from './words.ar';

const around = (
  state: Surroundings['conversation']['state'] = 'active',
  more: Partial<Surroundings> = {},
): Surroundings => ({
  conversation: { state, is_note: false },
  running: true,
  homeReachable: true,
  ...more,
});

describe('the state of a message', () => {
  it('has a word in both languages', () => {
    for (const state of ['waiting', 'sent', 'delivered', 'read', 'received'] as const) {
      expect(conversationEn[word(state)].length).toBeGreaterThan(2);
      expect(conversationAr[word(state)].length).toBeGreaterThan(2);
    }
  });

  it('says what it waits for', () => {
    const waiting = { state: 'waiting' } as const;
    expect(story(waiting, around())).toBe('story_waiting');
    expect(story(waiting, around('active', { homeReachable: false }))).toBe('story_waiting_home');
    expect(story(waiting, around('active', { running: false, homeReachable: false }))).toBe(
      'story_waiting_gone',
    );
    expect(story(waiting, around('starting'))).toBe('story_waiting_starting');
    expect(story(waiting, around('restored', { homeReachable: false }))).toBe('story_waiting_restored');
    expect(story(waiting, around('removed', { homeReachable: false }))).toBe('story_waiting_closed');
  });

  it('says how far it has come', () => {
    for (const state of ['sent', 'delivered', 'read', 'received'] as const) {
      expect(story({ state }, around('active', { running: false }))).toBe(`story_${state}`);
    }
    expect(story({ state: 'sent' }, { ...around(), conversation: { state: 'active', is_note: true } })).toBe(
      'story_note',
    );
  });
});

describe('a chat', () => {
  it('is closed for good or not', () => {
    const closed = (['starting', 'joining', 'active', 'broken', 'restored', 'removed'] as const).filter(
      (state) => isClosed({ state }),
    );
    expect(closed).toEqual(['broken', 'removed']);
  });

  it('has a line that is true now', () => {
    const line = (typing: boolean, online: boolean, direct: boolean) =>
      presence({ typing, online, direct, is_note: false });
    expect(line(true, true, true)).toBe('conversation_typing');
    expect(line(false, true, true)).toBe('conversation_online_direct');
    expect(line(false, true, false)).toBe('conversation_online');
    expect(line(false, false, true)).toBe('conversation_direct');
    expect(line(false, false, false)).toBeNull();
  });
});

describe('the texts', () => {
  const holes = (text: unknown): string[] =>
    typeof text === 'string'
      ? (text.match(/\{\w+\}/g) ?? []).toSorted()
      : holes((text as { other: string }).other);

  it('have the same holes in both languages', () => {
    for (const key of Object.keys(conversationEn) as (keyof typeof conversationEn)[]) {
      expect(holes(conversationAr[key]), key).toEqual(holes(conversationEn[key]));
    }
  });
});
