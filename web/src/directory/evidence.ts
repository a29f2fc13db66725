/** A proof of two truths as a file, in the words of `xchat evidence --json`. */

import type { Evidence } from '../api/types';

/** What others need to be convinced; what only concerns this computer stays here. */
export function asFile(one: Evidence): { name: string; text: string } {
  const { height, headers, signers, found_ms, proof } = one;
  return {
    name: `xchat-evidence-${height}.json`,
    text: `${JSON.stringify({ height, headers, signers, found_ms, proof }, null, 2)}\n`,
  };
}
