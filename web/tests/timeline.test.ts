import { describe, expect, it } from 'vitest';
import type { ContactChange, Message, MessageState } from '../src/api/types';
import {
  advance,
  byActivity,
  insert,
  later,
  prepend,
  refresh,
  successor,
  update,
  without,
} from '../src/state/timeline';

function message(id: string, sent_ms: number, state: MessageState = 'received'): Message {
  return {
    row: sent_ms,
    id,
    conversation: 1,
    from: 'a',
    mine: state !== 'received',
    text: id,
    sent_ms,
    state,
    edited_ms: null,
    deleted: false,
    forwarded: false,
    notice: null,
    timer_s: null,
    starred: false,
    pinned: false,
    expires_ms: null,
    reply: null,
    reactions: [],
    attachments: [],
    poll: null,
    answers: [],
  };
}

const ids = (list: readonly Message[]) => list.map((one) => one.id).join('');

describe('inserting', () => {
  it('keeps the order of time, whatever comes first', () => {
    const list = [message('c', 3), message('a', 1), message('b', 2)].reduce(insert, [] as Message[]);
    expect(ids(list)).toBe('abc');
  });

  it('keeps the order of arrival within one instant', () => {
    expect(ids([message('a', 1), message('b', 1)].reduce(insert, [] as Message[]))).toBe('ab');
  });

  it('takes a message once, and never takes its state back', () => {
    const list = insert([message('a', 1, 'delivered')], message('a', 1, 'waiting'));
    expect(list).toHaveLength(1);
    expect(list[0]?.state).toBe('delivered');
  });
});

describe('states', () => {
  it('only go forward', () => {
    expect(later('waiting', 'read')).toBe('read');
    expect(later('read', 'sent')).toBe('read');
  });

  it('leave the list as it is when nothing changes', () => {
    const list = [message('a', 1, 'read')];
    expect(advance(list, 'a', 'sent')).toBe(list);
    expect(advance(list, 'z', 'sent')).toBe(list);
    expect(advance([message('a', 1, 'sent')], 'a', 'read')[0]?.state).toBe('read');
  });
});

describe('pages', () => {
  it('go before what is there, without doubles', () => {
    expect(ids(prepend([message('c', 3)], [message('a', 1), message('b', 2), message('c', 3)]))).toBe('abc');
  });

  it('read anew keep what is older, and drop it where there is a gap', () => {
    const list = [message('a', 1), message('b', 2)];
    const near = refresh(list, [message('b', 2), message('c', 3)]);
    expect([ids(near.list), near.connected]).toEqual(['abc', true]);
    const far = refresh(list, [message('x', 8), message('y', 9)]);
    expect([ids(far.list), far.connected]).toEqual(['xy', false]);
  });

  it('read anew don’t take states back', () => {
    expect(refresh([message('a', 1, 'read')], [message('a', 1, 'sent')]).list[0]?.state).toBe('read');
  });
});

describe('the list of chats', () => {
  it('is by this device’s own history, not by a foreign clock', () => {
    const early = { id: 1, last: { ...message('a', 9e15), row: 4 }, settings: { place: null } };
    const late = { id: 2, last: { ...message('b', 1), row: 5 }, settings: { place: null } };
    expect(byActivity([early, late]).map((one) => one.id)).toEqual([2, 1]);
  });

  it('has what is pinned on top, in its own order', () => {
    const chat = (id: number, place: number | null) => ({ id, last: null, settings: { place } });
    const all = [chat(1, null), chat(2, 1), chat(3, null), chat(4, 0)];
    expect(byActivity(all).map((one) => one.id)).toEqual([4, 2, 3, 1]);
  });
});

describe('a chat with a key that is no longer theirs', () => {
  const chat = (id: number, change: ContactChange | null = null, account = 'bob') => ({ id, account, is_note: false, change });

  it('is followed by the newest chat with them', () => {
    const [old, late, newest] = [chat(1), chat(2), chat(3, 'identity-key')];
    expect(successor(old, [old, late, newest])).toBe(newest);
    expect(successor(late, [newest, late, old])).toBe(newest);
    expect(successor(newest, [old, late, newest])).toBeUndefined();
  });

  it('stays followed when the new key is accepted', () => {
    const [old, next] = [chat(1, 'identity-key'), chat(2)];
    expect(successor(old, [old, next])).toBe(next);
  });

  it('is none while the key is the same, whatever chats and devices there are', () => {
    const [one, other] = [chat(1, 'device'), chat(2, 'device')];
    expect(successor(one, [one, other, chat(3, 'identity-key', 'carol')])).toBeUndefined();
    expect(successor(chat(1, 'identity-key'), [chat(1, 'identity-key')])).toBeUndefined();
  });
});

describe('a message that changed', () => {
  const quoting = (id: string, row: number): Message => ({
    ...message(id, row + 100),
    reply: { row, from: 'a', text: 'before', file: null, deleted: false },
  });

  it('reads as it does now, also where it is quoted, and its state never goes back', () => {
    const list = [message('a', 1, 'read'), quoting('b', 1)];
    const changed = update(list, { ...message('a', 1, 'sent'), text: 'after', edited_ms: 5 });
    expect(changed.map((one) => one.text)).toEqual(['after', 'b']);
    expect(changed[0]?.state).toBe('read');
    expect(changed[1]?.reply?.text).toBe('after');
  });

  it('is not put in when it is not here', () => {
    expect(update([message('a', 1)], message('z', 9))).toHaveLength(1);
  });

  it('leaves nothing of itself when it is gone', () => {
    const left = without([message('a', 1), quoting('b', 1)], 1);
    expect(left.map((one) => one.id)).toEqual(['b']);
    expect(left[0]?.reply?.row).toBeNull();
  });
});
