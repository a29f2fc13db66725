/** The keys of a menu, after the practices of ARIA. */

import { i18n } from '../i18n/i18n.svelte';

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

export function menuKey(event: KeyboardEvent, hide: () => void): void {
  if (event.key === 'Tab') {
    // A menu is left as a whole.
    event.preventDefault();
    hide();
    return;
  }
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role^=menuitem]')];
  const at = all.indexOf(document.activeElement as HTMLElement);
  const step = STEPS[event.key];
  if (event.key === 'Home') all[0]?.focus();
  else if (event.key === 'End') all.at(-1)?.focus();
  else if (step !== undefined) {
    const across = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
    const by = across && i18n.dir === 'rtl' ? -step : step;
    all.at((at + by + all.length) % all.length)?.focus();
  } else return;
  event.preventDefault();
}
