// What a message's text may do to the page: nothing outside of its own bubble.

/** C0 and C1 controls except line feed and tab; carriage returns have become line feeds before. */
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\uFFF9-\uFFFB]/g;

/** Runs of combining marks that are longer than any script stacks them. */
const STACKS = /(\p{M}{8})\p{M}+/gu;

/** A letter, digit, mark or symbol that can be seen. */
const VISIBLE =
  /[^\s\u0000-\u001F\u007F-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF9-\uFFFB]/;

/** More empty lines than anybody needs: they would only push other messages out of view. */
const EMPTY_LINES = /\n(?:[^\S\n]*\n){3,}/g;

/**
 * A received text, ready to be shown in an isolated element: without control characters and without towers of accents.
 * Bidirectional marks stay: they are part of honest Arabic and Hebrew, and the element around them ends their effect.
 */
export function shown(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(CONTROLS, '')
    .replace(STACKS, '$1')
    .replace(EMPTY_LINES, '\n\n\n')
    .trim();
}

/** Whether there is anything to see in it. */
export function isBlank(text: string): boolean {
  return !VISIBLE.test(text);
}

/** How much of a text a bubble shows before "show all". */
export const SHOWN_LENGTH = 3_000;
/** How many lines of it. */
export const SHOWN_LINES = 40;

/** The beginning of a text that is too long to show whole, or nothing when it isn't. */
export function beginning(text: string): string | null {
  let end = text.length > SHOWN_LENGTH + 500 ? SHOWN_LENGTH : text.length;
  let at = -1;
  for (let line = 0; line < SHOWN_LINES; line += 1) {
    at = text.indexOf('\n', at + 1);
    if (at < 0 || at >= end) break;
    if (line === SHOWN_LINES - 1) end = at;
  }
  if (end === text.length) return null;
  return text.slice(0, wholeLetter(text, end));
}

/** How large a text of emoji alone is shown: 0 for anything else. */
export function emojiCount(text: string): 0 | 1 | 2 | 3 {
  const trimmed = text.trim();
  if (
    trimmed.length === 0 ||
    trimmed.length > 48 ||
    !/^[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200D\uFE0F\s]+$/u.test(trimmed)
  )
    return 0;
  let count = 0;
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(trimmed)) {
    if (segment.trim() === '') continue;
    count += 1;
  }
  return count === 1 || count === 2 || count === 3 ? count : 0;
}

/** The nearest place at or before `end` that doesn't cut a surrogate pair in two. */
function wholeLetter(text: string, end: number): number {
  const code = text.charCodeAt(end - 1);
  return code >= 0xd800 && code <= 0xdbff ? end - 1 : end;
}
