/** What somebody who looks at a part of a chat has seen. */

import type { Message } from '../api/types';
import type { Extent } from './extent';

/** The row of the last message of somebody else whose end is in view, or which fills the view. */
export function lastSeen(
  list: readonly Message[],
  extent: Extent,
  top: number,
  height: number,
): number | null {
  for (let at = extent.at(top + height); at >= 0; at -= 1) {
    const message = list[at];
    if (message === undefined) continue;
    const from = extent.offset(at);
    const to = from + extent.height(at);
    if (to < top) return null;
    const shown = Math.min(to, top + height) - Math.max(from, top);
    if (!message.mine && (to <= top + height + 12 || shown > height / 2)) return message.row;
  }
  return null;
}
