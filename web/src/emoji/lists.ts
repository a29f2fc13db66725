/** The emojis in the language in use, read when they are first wanted. */

import type { Lang } from '../i18n/catalogue';
import { type Emoji, type Lists, read } from './emoji';

const SOURCES: Record<Lang, () => Promise<{ default: Lists }>> = {
  en: () => import('./data/emoji-en.json'),
  ar: () => import('./data/emoji-ar.json'),
};
const known = new Map<Lang, Promise<Emoji[][]>>();

/** The groups of a language. */
export function lists(lang: Lang): Promise<Emoji[][]> {
  let wanted = known.get(lang);
  if (wanted === undefined) {
    wanted = SOURCES[lang]().then(({ default: found }) => read(found));
    // What could not be read is asked for again the next time.
    wanted.catch(() => known.delete(lang));
    known.set(lang, wanted);
  }
  return wanted;
}
