/** How the page looks: the person's own choices, kept in the browser. */

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export const SIZES = ['small', 'normal', 'large', 'huge'] as const;
export type Theme = (typeof THEMES)[number];
export type Size = (typeof SIZES)[number];

export const LIST_MIN = 260;
export const LIST_MAX = 480;
const LIST_USUAL = 320;

function stored<T extends string>(key: string, known: readonly T[], usual: T): T {
  const value = localStorage.getItem(key);
  return known.find((one) => one === value) ?? usual;
}

class Appearance {
  theme: Theme = $state(stored('xchat-theme', THEMES, 'system'));
  size: Size = $state(stored('xchat-size', SIZES, 'normal'));
  /** The width of the chat list, in pixels. */
  list: number = $state(Number(localStorage.getItem('xchat-list')) || LIST_USUAL);

  setTheme(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem('xchat-theme', theme);
  }

  setSize(size: Size): void {
    this.size = size;
    localStorage.setItem('xchat-size', size);
  }

  setList(width: number): void {
    this.list = Math.round(Math.min(LIST_MAX, Math.max(LIST_MIN, width)));
    localStorage.setItem('xchat-list', String(this.list));
  }
}

export const appearance = new Appearance();
