/** What becomes of the folders when one of them is changed. Names tell them apart. */

import type { Folder } from '../api/types';

type List = readonly Folder[];

/** The longest name, in bytes of UTF-8, as the daemon takes it. */
export const NAME_BYTES_MAX = 64;

export type NameFault = 'empty' | 'long' | 'taken';

/** What is wrong with a name for a folder, which may have had one before. */
export function faultOf(list: List, name: string, before: string | null): NameFault | null {
  const wanted = name.trim();
  if (wanted === '') return 'empty';
  if (new TextEncoder().encode(wanted).length > NAME_BYTES_MAX) return 'long';
  return wanted !== before && list.some((one) => one.name === wanted) ? 'taken' : null;
}

export function added(list: List, name: string, conversations: number[]): Folder[] {
  return [...list, { name, conversations }];
}

export function renamed(list: List, from: string, to: string): Folder[] {
  return list.map((one) => (one.name === from ? { ...one, name: to } : one));
}

export function removed(list: List, name: string): Folder[] {
  return list.filter((one) => one.name !== name);
}

/** Back where it stood, unless there is one of that name again. */
export function restored(list: List, folder: Folder, at: number): Folder[] {
  if (list.some(({ name }) => name === folder.name)) return [...list];
  return [...list.slice(0, at), folder, ...list.slice(at)];
}

/** One place earlier or later. */
export function moved(list: List, name: string, by: -1 | 1): Folder[] {
  const from = list.findIndex((one) => one.name === name);
  const folder = list[from];
  const to = from + by;
  if (folder === undefined || to < 0 || to >= list.length) return [...list];
  return removed(list, name).toSpliced(to, 0, folder);
}

/** A chat is in the folders of these names and in no others. */
export function sorted(list: List, chat: number, names: ReadonlySet<string>): Folder[] {
  return list.map((one) => {
    const others = one.conversations.filter((id) => id !== chat);
    if (!names.has(one.name)) return { ...one, conversations: others };
    return one.conversations.includes(chat) ? one : { ...one, conversations: [...others, chat] };
  });
}
