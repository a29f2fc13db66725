/** The safety number as people and clipboards get it. */

/** The groups in lines of four, as one reads them aloud. */
export function asText(groups: readonly string[]): string {
  const lines: string[] = [];
  for (let at = 0; at < groups.length; at += 4) lines.push(groups.slice(at, at + 4).join(' '));
  return lines.join('\n');
}

/** What was pasted or scanned, without the white space and quotes that messengers and terminals put around it. */
export function asCode(pasted: string): string {
  return pasted.replace(/[\s"'“”«»\u200B-\u200F\u202A-\u202E\u2066-\u2069\uFEFF]+/g, '');
}
