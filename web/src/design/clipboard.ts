/** Copying, with a word on what became of it. */

import { t } from '../i18n/i18n.svelte';
import { toasts } from '../state/toasts.svelte';

/** `quiet` is for what says by itself that it was done. */
export async function copy(text: string, quiet = false): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    if (!quiet) toasts.say(t('copied'));
    return true;
  } catch {
    toasts.say(t('copy_failed'));
    return false;
  }
}
