/** The shortcuts, as they are written on this machine. */

const mac = /mac|iphone|ipad/i.test(navigator.platform);
const mod = mac ? '⌘' : 'Ctrl ';

/** How the keys that are held are called here. */
export const MOD = mac ? '⌘' : 'Ctrl';
export const ALT = mac ? '⌥' : 'Alt';
export const SHIFT = mac ? '⇧' : 'Shift';

export const keys = {
  palette: `${mod}K`,
  fresh: mac ? '⌥N' : 'Alt N',
  find: `${mod}F`,
} as const;

export function isPalette(event: KeyboardEvent): boolean {
  return (mac ? event.metaKey : event.ctrlKey) && !event.altKey && event.code === 'KeyK';
}

/** The browser's own search sees only what is drawn. */
export function isFind(event: KeyboardEvent): boolean {
  return (mac ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey && event.code === 'KeyF';
}

/** Not Ctrl+N: browsers keep that for themselves. */
export function isFresh(event: KeyboardEvent): boolean {
  return event.altKey && !event.ctrlKey && !event.metaKey && event.code === 'KeyN';
}

/** Whether a key goes into something that is written, or belongs to what stands above the page. */
function isTaken(): boolean {
  const at = document.activeElement;
  const isField = at?.matches('input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]') === true;
  return isField || document.querySelector('dialog[open], :popover-open:not([role=status])') !== null;
}

/** A slash, wherever nothing is written. */
export function isSlash(event: KeyboardEvent): boolean {
  return event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && !isTaken();
}

/** A question mark, in either language, wherever nothing is written; or Ctrl/Cmd and a slash. */
export function isShortcuts(event: KeyboardEvent): boolean {
  if ((mac ? event.metaKey : event.ctrlKey) && !event.altKey && event.code === 'Slash') return true;
  return (event.key === '?' || event.key === '؟') && !event.ctrlKey && !event.metaKey && !event.altKey && !isTaken();
}
