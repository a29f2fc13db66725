/** What is done with a chat as a whole. */

import { api } from '../api/client';
import type { ChatChange, Conversation } from '../api/types';
import type { MenuItem, MenuPlace } from '../design/Menu.svelte';
import { t } from '../i18n/i18n.svelte';
import { app } from '../state/app.svelte';
import { router } from '../state/route.svelte';
import { toasts } from '../state/toasts.svelte';

export type ChatAct =
  | 'find'
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
  | 'timer'
  | 'nickname'
  | 'told'
  | 'block'
  | 'clear';
export type ChatDialog = 'timer' | 'nickname' | 'told' | 'block' | 'clear';

const HOUR_MS = 3_600_000;
/** As long as the daemon takes a time for. */
export const ALWAYS_MS = Number.MAX_SAFE_INTEGER;
const MUTES = { hour: HOUR_MS, eight: 8 * HOUR_MS, week: 7 * 24 * HOUR_MS } as const;

export function isMuted({ settings }: Pick<Conversation, 'settings'>, now = Date.now()): boolean {
  return settings.muted_until_ms > now;
}

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
    { id: 'pin', icon: 'pin', title: t(settings.place === null ? 'chat_pin' : 'chat_unpin') },
  ];
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

class Chats {
  menu: { chat: number; place: MenuPlace; level: 'first' | 'mute' } | null = $state.raw(null);
  starred = $state(false);
  dialog: { what: ChatDialog; chat: number } | null = $state.raw(null);

  ask(chat: number, place: MenuPlace): void {
    this.menu = { chat, place, level: 'first' };
  }

  /** Does what was chosen in a menu. */
  choose(act: ChatAct, chat: Conversation): void {
    const { settings, id } = chat;
    switch (act) {
      case 'find':
        router.go({ at: 'search', id });
        break;
      case 'pin':
        void this.set(id, { pinned: settings.place === null });
        break;
      case 'mute':
        if (this.menu !== null) this.menu = { ...this.menu, level: 'mute' };
        break;
      case 'hour':
      case 'eight':
      case 'week':
        void this.set(id, { muted_until_ms: Date.now() + MUTES[act] });
        break;
      case 'always':
        void this.set(id, { muted_until_ms: ALWAYS_MS });
        break;
      case 'unmute':
        void this.set(id, { muted_until_ms: 0 });
        break;
      case 'unread':
        void this.set(id, { marked_unread: true });
        break;
      case 'read':
        void this.read(chat);
        break;
      case 'archive':
        void this.archive(chat);
        break;
      case 'block':
        if (settings.blocked) void this.unblock(chat.account, chat.peer);
        else this.dialog = { what: 'block', chat: id };
        break;
      default:
        this.dialog = { what: act, chat: id };
    }
  }

  /** Whether it could be set. */
  async set(id: number, change: ChatChange): Promise<boolean> {
    try {
      await api.changeConversation(id, change);
      await app.readConversation(id);
      return true;
    } catch (error) {
      toasts.fail(error);
      return false;
    }
  }

  async read(chat: Conversation): Promise<void> {
    if (chat.settings.marked_unread) await this.set(chat.id, { marked_unread: false });
    if (chat.unread > 0 && chat.last !== null) await app.markRead(chat.id, chat.last.row);
  }

  async archive(chat: Conversation): Promise<void> {
    const archived = !chat.settings.archived;
    if ((await this.set(chat.id, { archived })) && archived) toasts.say(t('chat_archived_done'));
  }

  async unblock(account: string, name: string): Promise<void> {
    try {
      await api.unblock(account);
      toasts.say(t('unblock_done', { who: `@${name}` }));
      await app.readAnew();
    } catch (error) {
      toasts.fail(error);
    }
  }
}

export const chats = new Chats();
