// How messages stand to their neighbours: days, groups, and the line above the first unread one.
import type { Message } from '../api/types';

/** What is drawn with a message, decided by the messages before and after it alone. */
export interface Setting {
  /** Begins a day. */
  day: boolean;
  /** Begins a group: same sender, same minute. */
  first: boolean;
  /** Ends a group, and has the tail. */
  last: boolean;
  /** Time and state are shown: at the end of a group, or where the state differs from the next message's. */
  telling: boolean;
}

/** The local day of a time, as a number that grows by one with every day. */
export function dayOf(ms: number): number {
  const date = new Date(ms);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}

/** Whether the second message continues the group of the first. */
export function continues(before: Message | undefined, message: Message): boolean {
  if (!before || before.notice !== null || message.notice !== null) return false;
  if (before.mine !== message.mine || before.from !== message.from) return false;
  return (
    Math.floor(before.sent_ms / 60_000) === Math.floor(message.sent_ms / 60_000) &&
    dayOf(before.sent_ms) === dayOf(message.sent_ms)
  );
}

/** What is drawn with the message at an index. `divided` is the row of the first unread message. */
export function setting(list: readonly Message[], at: number, divided: number | null): Setting {
  const message = list[at] as Message;
  const before = list[at - 1];
  const after = list[at + 1];
  const first = message.row === divided || !continues(before, message);
  const last = !after || after.row === divided || !continues(message, after);
  return {
    day: !before || dayOf(before.sent_ms) !== dayOf(message.sent_ms),
    first,
    last,
    telling: last || (message.mine && after?.state !== message.state),
  };
}
