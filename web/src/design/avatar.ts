/** Initials and a colour that follow from name and account: a swapped person looks different. */

/** Hue and depth from the account's id; white text can be read on each of them. */
export function colourOf(account: string): { hue: number; lightness: number } {
  const bits = Number.parseInt(account.slice(0, 8), 16);
  if (Number.isNaN(bits)) return { hue: 265, lightness: 48 };
  return { hue: bits % 360, lightness: 42 + (Math.floor(bits / 360) % 4) * 4 };
}

/** One or two letters: the beginnings of the first two parts of a name, else its first letter. */
export function initialsOf(name: string): string {
  const parts = name.split(/[_\s]+/u).filter((part) => part !== '');
  const letters = parts.slice(0, 2).map((part) => [...part][0] ?? '');
  return letters.join('').toUpperCase();
}
