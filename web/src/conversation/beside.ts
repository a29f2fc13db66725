/** Where something stands that belongs to a message: beside its bubble, inside of the window. */

import { i18n } from '../i18n/i18n.svelte';

/** Between the message and what stands by it, and between that and the edge of the window. */
const GAP = 8;

export type Place = { x: number; y: number };

/** The place of a box of this size by the bubble of the message that an element is in. */
export function beside(from: Element, box: HTMLElement, mine: boolean): Place {
  const bubble = from.closest('[data-message]')?.querySelector('.bubble') ?? from;
  const at = bubble.getBoundingClientRect();
  const own = box.getBoundingClientRect();
  const endsRight = mine === (i18n.dir === 'ltr');
  const wish = endsRight ? at.right - own.width : at.left;
  const above = at.top - own.height - GAP;
  const below = Math.min(at.bottom + GAP, innerHeight - own.height - GAP);
  return {
    x: Math.max(GAP, Math.min(wish, innerWidth - own.width - GAP)),
    y: Math.max(GAP, at.bottom + own.height + 80 < innerHeight || above < 64 ? below : above),
  };
}
