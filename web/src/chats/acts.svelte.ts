/** What of a chat as a whole is open: its menu, and what that opens. */

import { api } from '../api/client';
import type { ChatChange, Conversation } from '../api/types';
import type { MenuPlace } from '../design/Menu.svelte';
import { t } from '../i18n/i18n.svelte';
import { app } from '../state/app.svelte';
import { router } from '../state/route.svelte';
import { toasts } from '../state/toasts.svelte';

export type ChatDialog = 'gallery' | 'ask' | 'folders' | 'timer' | 'nickname' | 'told' | 'block' | 'clear';

export function isMuted({ settings }: Pick<Conversation, 'settings'>, now = Date.now()): boolean {
  return settings.muted_until_ms > now;
}

class Chats {
  menu: { chat: number; place: MenuPlace; level: 'first' | 'mute' } | null = $state.raw(null);
  starred = $state(false);
  dialog: { what: ChatDialog; chat: number } | null = $state.raw(null);

  /** Who was mentioned and is not known yet: they may be written to. */
  stranger: string | null = $state(null);

  /** Whether any of it is. */
  asked = $derived(this.menu !== null || this.dialog !== null || this.starred || this.stranger !== null);

  /** Goes to the chat with somebody who was mentioned, or offers to begin one. */
  meet(name: string): void {
    if (name === app.me) return;
    const known = app.conversationWith(name);
    if (known === undefined) this.stranger = name;
    else router.go({ at: 'conversation', id: known.id });
  }

  ask(chat: number, place: MenuPlace): void {
    this.menu = { chat, place, level: 'first' };
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
