/** Going over to another language. */

import type { Lang } from '../i18n/catalogue';
import { i18n, t } from '../i18n/i18n.svelte';
import { toasts } from './toasts.svelte';

/** Speaks a language from now on, or what the browser wants. */
export function speak(lang: Lang | null): void {
  i18n.set(lang).catch(() => toasts.say(t('not_loaded')));
}
