/** The emojis, with their names and words in one language, and how one is found. */

/** What is known of an emoji. */
export type Emoji = {
  readonly sign: string;
  readonly name: string;
  /** Without colons. */
  readonly codes: readonly string[];
  /** How a colour of skin is put into it, if it can be. */
  readonly rule: ToneRule;
  /** What it is found by, folded: words of its name, then all others. */
  readonly names: readonly string[];
  readonly words: readonly string[];
};
export type ToneRule = '' | '1' | '2';

/** The lists of a language, one for each group. A line has the sign, name, words, codes, and the rule for its colours. */
export type Lists = readonly (readonly string[])[];

/** Letters that people write for one another, and what stands on or under them, make no difference. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{M}\u0640]/gu, '')
    .toLowerCase()
    .replaceAll('ة', 'ه')
    .replaceAll('ى', 'ي');
}

/** Words without the Arabic article, which people leave out as they like. */
function wordsOf(text: string): string[] {
  return fold(text)
    .split(/[^\p{L}\p{N}+]+/u)
    .filter((word) => word !== '')
    .map((word) => word.replace(/^ال(?=..)/u, ''));
}

export function read(lists: Lists): Emoji[][] {
  return lists.map((lines) =>
    lines.map((line) => {
      const [sign = '', name = '', tags = '', codes = '', rule = ''] = line.split('\t');
      return {
        sign,
        name,
        codes: codes === '' ? [] : codes.split(','),
        rule: rule as ToneRule,
        names: wordsOf(name),
        words: wordsOf(tags),
      };
    }),
  );
}

/** As long as no code and no name is. */
const FAR = 1_000;

/** How far an emoji is from what is wanted: 0 is nearest; nothing if it doesn't fit. */
function distance(emoji: Emoji, wanted: readonly string[], code: string): number | undefined {
  if (emoji.codes.includes(code)) return 0;
  const begun = emoji.codes.filter((one) => one.startsWith(code)).map((one) => one.length);
  if (begun.length > 0) return Math.min(...begun);
  const all = (words: readonly string[]) => wanted.every((part) => words.some((word) => word.startsWith(part)));
  // Of two names with the words, the one that says less besides is meant.
  if (all(emoji.names)) return FAR + emoji.names.length;
  return all([...emoji.names, ...emoji.words]) ? 2 * FAR : undefined;
}

/** The emojis that words in the language in use, or a short code, lead to; the best first. */
export function find(groups: readonly (readonly Emoji[])[], text: string, most = Infinity): Emoji[] {
  const wanted = wordsOf(text);
  if (wanted.length === 0) return [];
  const code = text.trim().toLowerCase().replace(/\s+/gu, '_');
  return groups
    .flat()
    .map((emoji) => ({ emoji, at: distance(emoji, wanted, code) }))
    .filter((one): one is { emoji: Emoji; at: number } => one.at !== undefined)
    .sort((a, b) => a.at - b.at)
    .slice(0, most)
    .map(({ emoji }) => emoji);
}

export const TONES = ['', '🏻', '🏼', '🏽', '🏾', '🏿'] as const;

/** An emoji in a colour of skin, if it has any. */
export function toned({ sign, rule }: Pick<Emoji, 'sign' | 'rule'>, tone: string): string {
  if (rule === '' || tone === '') return sign;
  const first = sign.replace(/^(.)\uFE0F?/u, `$1${tone}`);
  return rule === '1' ? first : first.replace(/(.)\uFE0F?$/u, `$1${tone}`);
}
