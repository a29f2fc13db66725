/** The texts of what one sets about chats and people. */

export const chatsEn = {
  chat_menu: 'What can be done with this chat',
  chat_muted: 'Muted',
  chat_pinned: 'Pinned',
  chat_marked_unread: 'Marked as unread',
  chat_archive_show: { one: 'Archive: one chat', other: 'Archive: {count} chats' },
  chat_unblock: 'Unblock',

  timer_minutes: { one: 'One minute', other: '{count} minutes' },
  timer_hours: { one: 'One hour', other: '{count} hours' },
  timer_days: { one: 'One day', other: '{count} days' },
  timer_weeks: { one: 'One week', other: '{count} weeks' },
  timer_set_mine: 'You have set messages to disappear: {time} after they are read',
  timer_set: '{who} has set messages to disappear: {time} after they are read',
  timer_unset_mine: 'You have set messages to stay',
  timer_unset: '{who} has set messages to stay',
  timer_on: 'Messages disappear: {time}',
  timer_left: 'Disappears {when} at the latest',

  unblock_done: '{who} is not blocked any more',
  block_line: 'You have blocked {who}. Nothing of theirs is shown.',

  star_add: 'Add a star',
  star_remove: 'Remove the star',
  star_is: 'With a star',
} as const;
