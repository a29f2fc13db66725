/**
 * Writes the emojis and their words, in each language of the page. The sources are needed only for this, and are many
 * megabytes, so they are no dependencies:
 *
 *   npm install --no-save emojibase-data@17.0.0 cldr-annotations-full@48.2.0 cldr-annotations-derived-full@48.2.0
 *   node emoji.mjs
 *
 * Their licences are in src/emoji/data/LICENCES.txt.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
/** Later ones are empty boxes on many computers. */
const VERSION_MAX = 15.1;
const COMPONENTS = 2;
const TONES = ['🏻', '🏼', '🏽', '🏾', '🏿'];

const all = require('emojibase-data/en/data.json');
const codes = ['emojibase', 'github'].map((name) => require(`emojibase-data/en/shortcodes/${name}.json`));

const words = (lang) => ({
  ...require(`cldr-annotations-full/annotations/${lang}/annotations.json`).annotations.annotations,
  ...require(`cldr-annotations-derived-full/annotationsDerived/${lang}/annotations.json`).annotationsDerived.annotations,
});

/** How a colour of skin is put into an emoji: after its first sign, or after the first and the last; as the page does it. */
const RULES = {
  1: (emoji, tone) => emoji.replace(/^(.)\uFE0F?/u, `$1${tone}`),
  2: (emoji, tone) => emoji.replace(/^(.)\uFE0F?/u, `$1${tone}`).replace(/(.)\uFE0F?$/u, `$1${tone}`),
};

function toned({ emoji, skins = [] }) {
  const known = new Set(skins.map((skin) => skin.emoji));
  return Object.keys(RULES).find((rule) => TONES.every((tone) => known.has(RULES[rule](emoji, tone)))) ?? '';
}

function entry(one, about) {
  // Signs that are drawn in colour anyway have no selector: the same reaction must be the same text.
  const sign = one.emoji.replace(/(\p{Emoji_Presentation})\uFE0F/gu, '$1');
  const bare = one.emoji.replaceAll('\uFE0F', '');
  const { tts, default: tags } = about[one.emoji] ?? about[bare] ?? {};
  if (tts === undefined) throw new Error(`no name for ${one.emoji}`);
  const [name] = tts;
  const short = codes.flatMap((table) => table[one.hexcode] ?? []);
  const other = (tags ?? []).filter((tag) => tag !== name);
  return [sign, name, [...new Set(other)].join(','), [...new Set(short)].join(','), toned(one)].join('\t').trimEnd();
}

for (const lang of ['en', 'ar']) {
  const about = words(lang);
  const groups = new Map();
  for (const one of all.toSorted((a, b) => a.order - b.order)) {
    if (one.group === undefined || one.group === COMPONENTS || one.version > VERSION_MAX) continue;
    groups.set(one.group, [...(groups.get(one.group) ?? []), entry(one, about)]);
  }
  const lists = [...groups].toSorted(([a], [b]) => a - b).map(([, list]) => list);
  await writeFile(new URL(`src/emoji/data/emoji-${lang}.json`, import.meta.url), `${JSON.stringify(lists, null, 0).replaceAll('","', '",\n"')}\n`);
}

const licence = async (name) => (await readFile(require.resolve(`${name}/LICENSE`), 'utf8')).trim();
await writeFile(
  new URL('src/emoji/data/LICENCES.txt', import.meta.url),
  `The names and other words of emojis are from the Unicode Common Locale Data Repository; their order, groups and short
codes are from emojibase-data. Both are changed: put together, and shortened.

The Unicode Common Locale Data Repository
=========================================

${await licence('cldr-annotations-full')}

emojibase-data
==============

${await licence('emojibase-data')}
`,
);
