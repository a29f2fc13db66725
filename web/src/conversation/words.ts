/** The texts of the conversation. */

export const conversationEn = {
  conversation_back: 'Back to the chats',
  conversation_label: 'Chat with {who}',
  conversation_info: 'Safety number of {who}',
  conversation_me: 'You',

  // The line under the name
  conversation_typing: 'typing…',
  conversation_online: 'online',
  conversation_online_direct: 'online, connected directly to you',
  conversation_direct: 'connected directly to you',
  conversation_last: 'last message {when}',
  conversation_note_line: 'Only you see this',

  // Timeline
  conversation_messages: 'Messages',
  conversation_new: 'New messages',
  conversation_latest: 'Go to the latest message',
  conversation_latest_count: { one: 'Go to {count} new message', other: 'Go to {count} new messages' },
  conversation_older: 'Older messages are coming…',
  conversation_begins: 'Here begins your chat with {who}. Only the two of you can read it.',
  conversation_begins_note: 'Thoughts, links, lists: what you write here is for you alone.',
  conversation_show_all: 'Show all',
  conversation_show_less: 'Show less',
  conversation_blank: 'A message without any visible letter',

  // What became of a message
  state_waiting: 'Waiting',
  state_sent: 'Sent',
  state_delivered: 'Delivered',
  state_read: 'Read',
  state_received: 'Received',
  story_waiting: 'It is safe on this computer and goes out in a moment.',
  story_waiting_home: 'It is safe on this computer. The network is out of reach; it goes out by itself as soon as the network is back.',
  story_waiting_gone: 'It is safe on this computer. X Chat isn’t running here; it goes out when X Chat is started again.',
  story_waiting_starting: 'It is safe on this computer and goes out when {who} has accepted.',
  story_waiting_restored: 'It is safe on this computer and goes out when {who} has taken you in again.',
  story_waiting_closed: 'It stays on this computer: nothing is sent in this chat any more.',
  story_sent: 'It left this computer and is stored for {who}. Their devices haven’t all fetched it yet.',
  story_delivered: 'It is on all devices of {who}. They haven’t opened it yet.',
  story_read: '{who} has read it.',
  story_received: 'It came from {who} and is stored on this computer.',
  story_note: 'It is stored on this computer.',
  story_written: 'Written {when}',
  story_written_theirs: 'Written {when}, by their clock',
  story_copy: 'Copy text',

  // Composer
  conversation_write: 'Message to {who}',
  conversation_write_note: 'Write a note',
  later_open: 'Send later…',
  conversation_send: 'Send',
  conversation_closed: 'Nothing can be sent here any more.',
  conversation_spoiler: 'Hidden text: show it',
  conversation_returned: 'Not sent; your text is back here. {what}.',
  conversation_room: { one: 'Room for {count} more byte', other: 'Room for {count} more bytes' },
  conversation_over: {
    one: 'Too long by {count} byte. Send it in several parts.',
    other: 'Too long by {count} bytes. Send it in several parts.',
  },

  // How the chat stands
  conversation_starting_empty: 'Say hello. {who} gets it as a request and can accept.',
  conversation_starting: 'Your first message is on its way to {who}. You’ll see here when they accept.',
  conversation_joining: 'You accepted. The chat opens as soon as {who} is connected; what you write goes out then.',
  conversation_broken: 'This chat can’t go on',
  conversation_broken_text: 'Something in it didn’t add up, so it was closed to keep you safe. You can read what is here; nothing is sent or believed any more.',
  conversation_restored: 'This profile came back from an old copy. To keep both of you safe, {who} has to take you in again; until then nothing is sent.',
  conversation_removed: 'This device was removed from the chat. You can read what is here; nothing new comes in.',
  conversation_missing: {
    one: '{count} message is missing; it is being asked for.',
    other: '{count} messages are missing; they are being asked for.',
  },
  conversation_changed: '{who} uses a new key. Check it before you write something secret.',
  conversation_changed_device: '{who} has a new device. Check it before you write something secret.',
  conversation_changed_account: 'The name {who} belongs to another account by now. This chat is with the old one.',
  conversation_replaced: 'This chat is with the key that {who} had before. {who} came back with a new one, and goes on in a newer chat.',
  conversation_replaced_open: 'Go to the newer chat',
  conversation_replaced_closed: 'Nothing is written to the old key.',
  conversation_check: 'Check',
  conversation_accept: 'Accept',

  // Links that may not be what they seem
  link_title: 'Open this address?',
  link_text: 'It may look like another one. It leads to:',
  link_open: 'Open',

  // Safety page
  safety_verified: 'Verified',
  safety_verified_text: 'You compared the numbers. You’ll be told when {who} uses a new key.',
  safety_none: 'Not verified yet',
  safety_none_text: 'Your messages are private already. Comparing makes sure that it is really {who} on the other side.',
  safety_changed: 'A new key',
  safety_changed_text: '{who} uses a new key: a restored account, or somebody else’s hands. Compare again before you write something secret.',
  safety_changed_device: 'A new device',
  safety_changed_device_text: '{who} writes from a device that wasn’t there before. Ask them about it, and compare again before you write something secret.',
  safety_changed_account: 'Another account',
  safety_changed_account_text: 'The directory gives the name {who} to another account by now. Whoever reads here is not the one whom you find under that name.',
} as const;
