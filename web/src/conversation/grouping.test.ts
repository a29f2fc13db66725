import { describe, expect, it } from 'vitest';
import type { Message } from '../api/types';
import { continues, dayOf, setting } from './grouping';

let row = 0;
function message(
  at: Date,
  from = 'bob',
  state: Message['state'] = from === 'me' ? 'sent' : 'received',
): Message {
  row += 1;
  return {
    row,
    id: `${row}`,
    conversation: 1,
    from,
    mine: from === 'me',
    text: 'x',
    sent_ms: at.getTime(),
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
const noon = (seconds: number, day = 10) => new Date(2026, 4, day, 12, 0, seconds);

describe('groups', () => {
  it('are of one sender and one minute', () => {
    expect(continues(message(noon(1)), message(noon(50)))).toBe(true);
    expect(continues(message(noon(1)), message(noon(61)))).toBe(false);
    expect(continues(message(noon(1)), message(noon(2), 'carol'))).toBe(false);
    expect(continues(message(noon(1), 'me'), message(noon(2), 'bob'))).toBe(false);
    expect(continues(undefined, message(noon(1)))).toBe(false);
  });

  it('have one beginning and one tail', () => {
    const list = [message(noon(1)), message(noon(2)), message(noon(3)), message(noon(4), 'me')];
    expect(list.map((_, at) => setting(list, at, null)).map((of) => [of.first, of.last])).toEqual([
      [true, false],
      [false, false],
      [false, true],
      [true, true],
    ]);
  });

  it('end at the line above the first unread message', () => {
    const list = [message(noon(1)), message(noon(2))];
    const divided = list[1]?.row ?? 0;
    expect(setting(list, 0, divided).last).toBe(true);
    expect(setting(list, 1, divided).first).toBe(true);
  });

  it('tell the state where it differs', () => {
    const list = [
      message(noon(1), 'me', 'read'),
      message(noon(2), 'me', 'sent'),
      message(noon(3), 'me', 'sent'),
    ];
    expect(list.map((_, at) => setting(list, at, null).telling)).toEqual([true, false, true]);
  });
});

describe('days', () => {
  it('are those of the place where one is', () => {
    expect(dayOf(new Date(2026, 4, 10, 0, 0, 0).getTime())).toBe(
      dayOf(new Date(2026, 4, 10, 23, 59, 59).getTime()),
    );
    expect(
      dayOf(new Date(2026, 4, 11, 0, 0, 0).getTime()) - dayOf(new Date(2026, 4, 10, 23, 59, 59).getTime()),
    ).toBe(1);
    // Over a change of the clocks, wherever there is one.
    for (let day = 1; day < 366; day += 1) {
      expect(dayOf(new Date(2026, 0, day + 1).getTime()) - dayOf(new Date(2026, 0, day).getTime())).toBe(1);
    }
  });

  it('begin with a heading', () => {
    const list = [message(noon(1, 10)), message(noon(2, 10)), message(noon(3, 11))];
    expect(list.map((_, at) => setting(list, at, null).day)).toEqual([true, false, true]);
  });
});
