/** What clocks show here, since when: some archives have local times only. */

import type { ClockOffset } from '../api/types';

const DAY_MS = 86_400_000;
/** Before the oldest messenger of those that are read. */
const BEGIN_MS = Date.UTC(2006, 0, 1);

/** Since when clocks here were how many minutes ahead of UTC, to the day. */
export function offsets(now: number, ahead = (ms: number) => -new Date(ms).getTimezoneOffset()): ClockOffset[] {
  const found: ClockOffset[] = [];
  for (let at = BEGIN_MS; at <= now; at += DAY_MS) {
    const minutes = ahead(at);
    if (found.at(-1)?.minutes !== minutes) found.push({ since_ms: at, minutes });
  }
  return found.slice(-1_000);
}
