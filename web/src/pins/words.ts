/** The texts of pinned messages. */

export const pinsEn = {
  pin_add: 'Pin here',
  pin_remove: 'Unpin',
  pin_is: 'Pinned',
  pin_bar: 'Pinned messages',
  pin_one: 'Pinned message',
  pin_of: 'Pinned message {at} of {all}',
  pin_all: 'Show all pinned messages',
} as const;
