/** Which words to ask for, and whether what was typed is them. */

/** Three different places, in order, of so many words. */
export function threePlaces(count: number, random: () => number = Math.random): number[] {
  const places = new Set<number>();
  const wanted = Math.min(3, count);
  while (places.size < wanted) places.add(Math.floor(random() * count));
  return [...places].sort((a, b) => a - b);
}

/** Words are compared as people type them. */
export function same(typed: string, word: string): boolean {
  return typed.trim().toLowerCase() === word;
}

export function countWords(text: string): number {
  const trimmed = text.trim();
  return trimmed === '' ? 0 : trimmed.split(/\s+/u).length;
}
