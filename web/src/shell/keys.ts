/** The shortcuts, as they are written on this machine. */

const mac = /mac|iphone|ipad/i.test(navigator.platform);
const mod = mac ? '⌘' : 'Ctrl ';

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
