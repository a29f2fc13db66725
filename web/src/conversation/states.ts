/** The states of a message and of a chat in words: which key says what. */

import type { Conversation, Message, MessageState } from '../api/types';
import type { Key } from '../i18n/i18n.svelte';

const WORDS = {
  waiting: 'state_waiting',
  sent: 'state_sent',
  delivered: 'state_delivered',
  read: 'state_read',
  received: 'state_received',
} as const satisfies Record<MessageState, Key>;

export type WordKey = (typeof WORDS)[MessageState];

/** The one word. */
export function word(state: MessageState): WordKey {
  return WORDS[state];
}

/** What is around a message while it waits. */
export type Surroundings = {
  conversation: Pick<Conversation, 'state' | 'is_note'>;
  /** The daemon answers. */
  running: boolean;
  /** The homes answer. */
  homeReachable: boolean;
};

/** The whole story of a message, in one sentence. */
export function story(message: Pick<Message, 'state'>, around: Surroundings) {
  if (around.conversation.is_note) return 'story_note' as const;
  switch (message.state) {
    case 'waiting':
      return waiting(around);
    case 'sent':
      return 'story_sent' as const;
    case 'delivered':
      return 'story_delivered' as const;
    case 'read':
      return 'story_read' as const;
    case 'received':
      return 'story_received' as const;
  }
}

export type StoryKey = ReturnType<typeof story>;

function waiting({ conversation, running, homeReachable }: Surroundings) {
  switch (conversation.state) {
    case 'broken':
    case 'removed':
      return 'story_waiting_closed' as const;
    case 'restored':
      return 'story_waiting_restored' as const;
    default:
      break;
  }
  if (!running) return 'story_waiting_gone' as const;
  if (!homeReachable) return 'story_waiting_home' as const;
  return conversation.state === 'active' ? ('story_waiting' as const) : ('story_waiting_starting' as const);
}

/** Whether something can be written. */
export function isClosed(conversation: Pick<Conversation, 'state'>): boolean {
  return conversation.state === 'broken' || conversation.state === 'removed';
}

/** The line under the name, where there is something to say that is true now. */
export function presence(conversation: Pick<Conversation, 'typing' | 'online' | 'direct' | 'is_note'>) {
  if (conversation.is_note) return 'conversation_note_line' as const;
  if (conversation.typing) return 'conversation_typing' as const;
  if (conversation.online)
    return conversation.direct ? ('conversation_online_direct' as const) : ('conversation_online' as const);
  return conversation.direct ? ('conversation_direct' as const) : null;
}
