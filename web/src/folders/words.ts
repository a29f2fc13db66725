/** The texts of folders. */

export const foldersEn = {
  folder_bar: 'Which chats are shown',
  folder_all: 'All',
  folder_unread: 'Unread',
  folder_new_in: { one: '{count} chat with something new', other: '{count} chats with something new' },
  folder_menu: 'Folders',
  folder_make: 'New folder',
  folder_name: 'Name of the folder',
  folder_taken: 'There is a folder with this name.',
  folder_long: 'This name is too long.',
  folder_add: 'Make',
  folder_rename: 'Rename',
  folder_earlier: 'Move one place forward',
  folder_later: 'Move one place back',
  folder_delete: 'Delete folder',
  folder_deleted: 'The folder {name} is gone. Its chats stay.',
  folder_none_unread: 'Nothing unread.',
  folder_empty: 'No chat is in this folder yet. The menu of a chat puts it here.',
  folder_chat: 'Folders for {who}',
  folder_chat_text: 'A chat can be in several. Nobody else sees them.',
  folder_chat_none: 'There is no folder yet. Make the first one:',
} as const;
