/** What is done to a text field as if it were typed: the browser's own undo takes it back. */

import { spans } from './markdown';

/** Puts a text in the place of what is chosen. */
export function insert(field: HTMLTextAreaElement, what: string): void {
  field.focus();
  if (document.execCommand('insertText', false, what)) return;
  field.setRangeText(what, field.selectionStart, field.selectionEnd, 'end');
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

/** Puts a text in the place of what is between two places. */
export function replace(field: HTMLTextAreaElement, from: number, to: number, what: string): void {
  field.setSelectionRange(from, to);
  insert(field, what);
}

/** Puts the marks of a style around what is chosen, or takes them away. */
export function wrap(field: HTMLTextAreaElement, sign: string): void {
  const { selectionStart: from, selectionEnd: to, value } = field;
  const has = value.slice(from - sign.length, from) === sign && value.slice(to, to + sign.length) === sign;
  const chosen = value.slice(from, to);
  if (has) field.setSelectionRange(from - sign.length, to + sign.length);
  insert(field, has ? chosen : `${sign}${chosen}${sign}`);
  const start = has ? from - sign.length : from + sign.length;
  field.setSelectionRange(start, start + chosen.length);
}

/** The chosen words as a link to an address; nothing when that would be read as something else. */
export function linked(chosen: string, pasted: string): string | null {
  const address = pasted.trim().replaceAll('(', '%28').replaceAll(')', '%29');
  if (chosen.trim() === '' || /^https?:\/\//iu.test(chosen.trim())) return null;
  const made = `[${chosen}](${address})`;
  const [link, ...others] = spans(made);
  return link?.kind === 'link' && link.text === chosen && others.length === 0 ? made : null;
}
