/** Copying, with a word on what became of it. */

import { t } from '../i18n/i18n.svelte';
import { toasts } from '../state/toasts.svelte';

export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    toasts.say(t('copy_failed'));
    return false;
  }
}
