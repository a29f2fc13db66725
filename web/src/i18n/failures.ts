/** Failures in the person's own language. A code that is not known here keeps the daemon's words. */

import { Refusal } from '../api/client';
import { i18n, type Key, t } from './i18n.svelte';

/** What happened, and what to do. */
export function describe(error: unknown): { text: string; advice: string | null } {
  if (!(error instanceof Refusal)) return { text: t('f_bug'), advice: null };
  const { code, message, advice } = error.failure;
  const key = `f_${(error.status === 401 ? 'unauthorized' : code).replaceAll('-', '_')}`;
  if (!i18n.has(key)) return { text: message, advice: advice ?? null };
  const doKey = `${key}_do`;
  return { text: say(key), advice: i18n.has(doKey) ? say(doKey) : null };
}

/** Texts of failures have no holes. */
function say(key: Key): string {
  return (t as (key: Key) => string)(key);
}
