import { describe, expect, it } from 'vitest';
import type { Conversation, Message } from '../api/types';
import { noteOf } from './note';

const chat = (settings: Partial<Conversation['settings']> = {}) =>
  ({
    id: 7,
    peer: 'noor',
    is_note: false,
    settings: { nickname: null, muted_until_ms: 0, blocked: false, ...settings },
  }) as Conversation;
const message = (more: Partial<Message> = {}) =>
  ({
    mine: false,
    text: 'The **train**\nleaves at ||six||',
    notice: null,
    deleted: false,
    timer_s: null,
    attachments: [],
    ...more,
  }) as unknown as Message;

describe('a notification', () => {
  it('says no more than is wanted', () => {
    expect(noteOf(message(), chat(), 'off')).toBeNull();
    expect(noteOf(message(), chat(), 'sign')).toEqual({ title: 'X Chat', body: 'New message' });
    expect(noteOf(message(), chat(), 'name')).toEqual({ title: 'noor', body: 'New message' });
    expect(noteOf(message(), chat({ nickname: 'N.' }), 'name')).toEqual({ title: 'N.', body: 'New message' });
    // What is covered in the chat is covered here.
    expect(noteOf(message(), chat(), 'text')).toEqual({ title: 'noor', body: 'The train leaves at ▒▒▒' });
  });

  it('never has the words of what disappears', () => {
    expect(noteOf(message({ timer_s: 60 }), chat(), 'text')).toEqual({ title: 'noor', body: 'New message' });
  });

  it('does not come for what nobody is to be called for', () => {
    expect(noteOf(message({ mine: true }), chat(), 'text')).toBeNull();
    expect(noteOf(message({ deleted: true }), chat(), 'text')).toBeNull();
    expect(noteOf(message({ notice: { kind: 'timer', timer_s: 60 } as Message['notice'] }), chat(), 'text')).toBeNull();
    expect(noteOf(message(), chat({ blocked: true }), 'text')).toBeNull();
    expect(noteOf(message(), chat({ muted_until_ms: 1_001 }), 'text', 1_000)).toBeNull();
    expect(noteOf(message(), chat({ muted_until_ms: 1_000 }), 'text', 1_000)).not.toBeNull();
  });
});
