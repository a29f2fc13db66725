/** The texts of notifications. */

export const notifyEn = {
  notify_title: 'Notifications',
  notify_on: 'When X Chat is out of sight',
  notify_text: 'The system tells you when somebody has written. Muted chats stay silent.',
  notify_denied: 'This browser doesn’t let X Chat tell you anything. You can allow it in the browser’s settings for this page.',
  notify_none: 'This browser can’t tell you anything while the page is out of sight.',
  notify_what: 'What it tells',
  notify_what_text: 'The system may show it on a locked screen, and keep it. Words of messages that disappear are never put there.',
  notify_sign: 'That one came',
  notify_name: 'Who wrote',
  notify_message: 'Who, and what',
  notify_new: 'New message',
} as const;
