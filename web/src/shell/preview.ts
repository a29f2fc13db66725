/** The one line that a chat shows of itself in the list. */

import type { Conversation } from '../api/types';
import { noticeText } from '../chats/timer';
import { wordsOf } from '../conversation/markdown';
import { lineOf } from '../attachments/labels';
import { t } from '../i18n/i18n.svelte';

export type Preview = { tone: 'plain' | 'accent' | 'warn'; lead: string | null; text: string };

/** White space in one line; a long message need not be drawn to the end. */
export function oneLine(text: string): string {
  return wordsOf(text.slice(0, 240)).replace(/\s+/gu, ' ').slice(0, 160).trim();
}

export function previewOf(conversation: Conversation, draft: string): Preview {
  const plain = (text: string): Preview => ({ tone: 'plain', lead: null, text });
  switch (conversation.state) {
    case 'broken':
      return { tone: 'warn', lead: null, text: t('list_broken') };
    case 'restored':
      return { tone: 'warn', lead: null, text: t('list_restored') };
    case 'removed':
      return { tone: 'warn', lead: null, text: t('list_removed') };
    default:
      break;
  }
  if (conversation.typing) return { tone: 'accent', lead: null, text: t('list_typing') };
  if (draft !== '') return { tone: 'plain', lead: t('list_draft'), text: oneLine(draft) };
  const { last } = conversation;
  if (last !== null && last.notice !== null) return plain(noticeText(last));
  if (last?.deleted === true) return plain(t(last.mine ? 'act_deleted_mine' : 'act_deleted'));
  if (last !== null) return plain(oneLine(lineOf(last)));
  if (conversation.state === 'starting' && !conversation.is_note) return plain(t('list_starting'));
  if (conversation.state === 'joining') return plain(t('list_joining'));
  return plain(t('list_empty_chat'));
}

/** The name that a chat goes by. */
export function titleOf(conversation: Conversation): string {
  if (conversation.is_note) return t('note_name');
  return conversation.settings.nickname ?? conversation.peer;
}

/** Chats whose name or newest message has the text. */
export function matching(conversations: readonly Conversation[], text: string): Conversation[] {
  const wanted = text.trim().replace(/^@/, '').toLowerCase();
  if (wanted === '') return [...conversations];
  const byName: Conversation[] = [];
  const byText: Conversation[] = [];
  for (const one of conversations) {
    if (titleOf(one).toLowerCase().includes(wanted) || one.peer.includes(wanted)) byName.push(one);
    else if (one.last?.text.toLowerCase().includes(wanted) === true) byText.push(one);
  }
  return [...byName, ...byText];
}
