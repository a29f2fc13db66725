/** What a notification says of a message. */

import { lineOf } from '../attachments/labels';
import type { Conversation, Message } from '../api/types';
import { isMuted } from '../chats/acts.svelte';
import { shown } from '../conversation/text';
import { t } from '../i18n/i18n.svelte';
import { oneLine, titleOf } from '../shell/preview';
import type { Telling } from '../state/notify.svelte';

export type Note = { title: string; body: string };

/** Nothing for what nobody is to be called for. */
export function noteOf(message: Message, chat: Conversation, telling: Telling, now = Date.now()): Note | null {
  if (message.mine || message.deleted || message.notice !== null) return null;
  if (telling === 'off' || chat.settings.blocked || isMuted(chat, now)) return null;
  if (telling === 'sign') return { title: t('app'), body: t('notify_new') };
  const title = titleOf(chat);
  // The system keeps what it has shown; what is to disappear would stay there.
  if (telling === 'name' || message.timer_s !== null) return { title, body: t('notify_new') };
  return { title, body: oneLine(shown(lineOf(message))) };
}
