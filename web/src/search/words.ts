/** The texts of searching. */

export const searchEn = {
  search_messages: 'Messages',
  search_nothing: 'No message has this.',
  search_partial: 'Older messages are still being made ready for searching.',
  search_more: 'Show older',
  search_count: { one: 'One message found', other: '{count} messages found' },
  search_count_more: { one: 'More than one message found', other: 'More than {count} messages found' },
  search_for: 'Search messages for “{text}”',
  search_chat: 'Search in this chat',
  search_chat_field: 'Words',
  search_chat_hint: 'Words in any order, or “words in quotation marks” one after the other.',
  search_filter: 'Narrow down',
  search_who: 'Written by',
  search_who_all: 'Anyone',
  search_who_me: 'Me',
  search_links: 'Only messages with links',
  search_since: 'From',
  search_until: 'Until',
  search_day: 'Go to a day',
  search_day_go: 'Go',
  search_me: 'You',
} as const;
