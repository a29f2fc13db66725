/** What can be done with a chat as a whole, from its menu. */

import type { Conversation } from '../api/types';
import { isClosed } from '../conversation/states';
import type { MenuItem } from '../design/Menu.svelte';
import { t } from '../i18n/i18n.svelte';
import { app } from '../state/app.svelte';
import { router } from '../state/route.svelte';
import { toasts } from '../state/toasts.svelte';
import { chats, isMuted } from './acts.svelte';

export type ChatAct =
  | 'find'
  | 'gallery'
  | 'ask'
  | 'pin'
  | 'mute'
  | 'hour'
  | 'eight'
  | 'week'
  | 'always'
  | 'unmute'
  | 'unread'
  | 'read'
  | 'archive'
  | 'folders'
  | 'timer'
  | 'nickname'
  | 'told'
  | 'block'
  | 'clear';

const HOUR_MS = 3_600_000;
/** As long as the daemon takes a time for. */
export const ALWAYS_MS = Number.MAX_SAFE_INTEGER;
const MUTES = { hour: HOUR_MS, eight: 8 * HOUR_MS, week: 7 * 24 * HOUR_MS } as const;

/** What can be done with a chat now. */
export function itemsOf(chat: Conversation, level: 'first' | 'mute'): MenuItem<ChatAct>[] {
  if (level === 'mute')
    return [
      { id: 'hour', icon: 'bell-off', title: t('chat_mute_hour') },
      { id: 'eight', icon: 'bell-off', title: t('chat_mute_eight') },
      { id: 'week', icon: 'bell-off', title: t('chat_mute_week') },
      { id: 'always', icon: 'bell-off', title: t('chat_mute_always') },
    ];
  const { settings } = chat;
  const items: MenuItem<ChatAct>[] = [
    { id: 'find', icon: 'search', title: t('search_chat') },
    { id: 'gallery', icon: 'picture', title: t('gallery_title') },
    { id: 'pin', icon: 'pin', title: t(settings.place === null ? 'chat_pin' : 'chat_unpin') },
  ];
  if (!isClosed(chat) && !settings.blocked) items.push({ id: 'ask', icon: 'poll', title: t('poll_new') });
  if (!chat.is_note)
    items.push(
      isMuted(chat)
        ? { id: 'unmute', icon: 'bell', title: t('chat_unmute') }
        : { id: 'mute', icon: 'bell-off', title: t('chat_mute'), more: true },
    );
  items.push(
    chat.unread > 0 || settings.marked_unread
      ? { id: 'read', icon: 'checks', title: t('chat_read') }
      : { id: 'unread', icon: 'dot', title: t('chat_unread') },
    { id: 'archive', icon: 'box', title: t(settings.archived ? 'chat_unarchive' : 'chat_archive') },
    { id: 'folders', icon: 'folder', title: t('chat_folders') },
    { id: 'timer', icon: 'timer', title: t('chat_timer') },
  );
  if (!chat.is_note)
    items.push(
      { id: 'nickname', icon: 'edit', title: t('chat_nickname') },
      { id: 'told', icon: 'eye', title: t('chat_told') },
      { id: 'block', icon: 'stop', title: t(settings.blocked ? 'chat_unblock' : 'chat_block'), danger: !settings.blocked },
    );
  items.push({ id: 'clear', icon: 'trash', title: t('chat_clear'), danger: true });
  return items;
}

/** Does what was chosen in a menu. */
export function choose(act: ChatAct, chat: Conversation): void {
  const { settings, id } = chat;
  switch (act) {
    case 'find':
      router.go({ at: 'search', id });
      break;
    case 'pin':
      void chats.set(id, { pinned: settings.place === null });
      break;
    case 'mute':
      if (chats.menu !== null) chats.menu = { ...chats.menu, level: 'mute' };
      break;
    case 'hour':
    case 'eight':
    case 'week':
      void chats.set(id, { muted_until_ms: Date.now() + MUTES[act] });
      break;
    case 'always':
      void chats.set(id, { muted_until_ms: ALWAYS_MS });
      break;
    case 'unmute':
      void chats.set(id, { muted_until_ms: 0 });
      break;
    case 'unread':
      void chats.set(id, { marked_unread: true });
      break;
    case 'read':
      void read(chat);
      break;
    case 'archive':
      void archive(chat);
      break;
    case 'block':
      if (settings.blocked) void chats.unblock(chat.account, chat.peer);
      else chats.dialog = { what: 'block', chat: id };
      break;
    default:
      chats.dialog = { what: act, chat: id };
  }
}

async function read(chat: Conversation): Promise<void> {
  if (chat.settings.marked_unread) await chats.set(chat.id, { marked_unread: false });
  if (chat.unread > 0 && chat.last !== null) await app.markRead(chat.id, chat.last.row);
}

async function archive(chat: Conversation): Promise<void> {
  const archived = !chat.settings.archived;
  if ((await chats.set(chat.id, { archived })) && archived) toasts.say(t('chat_archived_done'));
}
