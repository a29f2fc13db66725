/** Where the keyboard goes when what held it is closed. */

import { tick } from 'svelte';

/** Gives the keyboard back; to the page's main part when what had it is gone by now. */
export async function giveBack(to: Element | null): Promise<void> {
  await tick();
  const held = document.activeElement;
  if (held !== null && held !== document.body && held.isConnected) return;
  const place = to instanceof HTMLElement && to.isConnected ? to : document.querySelector<HTMLElement>('main');
  place?.focus({ preventScroll: true });
}
