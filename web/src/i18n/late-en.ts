/** English, for what nobody needs to see a chat: it is loaded after the other texts, with the first part of the page that speaks it. */

import { settingEn } from '../chats/late-words';
import { emojiEn } from '../emoji/words';
import { foldersEn } from '../folders/words';
import { importsEn } from '../imports/words';
import { laterEn } from '../later/words';
import { galleryEn } from '../gallery/words';
import { libraryEn } from '../library/words';
import { notifyEn } from '../notify/words';
import { peopleEn } from '../people/words';
import { pollsLateEn } from '../polls/words';
import { safetyEn } from '../safety/words';
import { seenEn } from '../seen/words';
import { shortcutsEn } from '../shell/words';
import { storageEn } from '../storage/words';

export const late = {
  ...settingEn,
  ...emojiEn,
  ...foldersEn,
  ...importsEn,
  ...laterEn,
  ...galleryEn,
  ...libraryEn,
  ...notifyEn,
  ...peopleEn,
  ...pollsLateEn,
  ...safetyEn,
  ...seenEn,
  ...shortcutsEn,
  ...storageEn,

  // What was done can be taken back
  undo: 'Undo',

  // Welcome
  welcome_title: 'Talk freely',
  welcome_text: 'X Chat is a messenger without a company in the middle. What you write is encrypted, and only the people you write to can read it.',
  welcome_start: 'Start',
  welcome_starting: 'Starting your network…',
  welcome_invited: 'I have an invitation',
  welcome_restore: 'I have an account already',
  welcome_note: 'Start makes a network of your own that others can join. With an invitation you join theirs.',
  invitation_title: 'Your invitation',
  invitation_text: 'Paste the link that somebody gave you, or scan its QR code.',
  invitation_restore_text: 'Your account lives in a network. Paste an invitation to it, or scan its QR code; your username and words come next.',
  invitation_label: 'Invitation link',
  invitation_join: 'Join',
  invitation_joining: 'Joining the network…',
  invitation_scan: 'Scan a QR code',
  scan_title: 'Scan the QR code',
  scan_text: 'Hold the code in front of the camera.',
  scan_file: 'Choose a picture',
  scan_none: 'There is no QR code in that picture. Try a sharper one.',
  scan_camera: 'The camera can’t be used here. Choose a picture of the code, or paste the link.',

  // Name
  name_title: 'Choose your username',
  name_text: 'It is how people find you. It stays yours and can’t be changed later.',
  name_label: 'Username',
  name_hint: '3 to 32 characters: a to z, digits and _',
  name_checking: 'Looking it up…',
  name_free: '@{name} is free',
  name_taken: '@{name} is taken. Try another one.',
  name_reserved: '@{name} is reserved. Try another one.',
  name_similar: 'That is too easily taken for @{name}, which somebody has. Try another one.',
  name_resting: '@{name} was given up. It can be had again from {day}.',
  name_short: 'At least 3 characters.',
  name_long: 'At most 32 characters.',
  name_letters: 'Only a to z, digits and _.',
  name_unknown: 'The network can’t be asked just now. You can try all the same.',
  name_take: 'Take this name',
  name_taking: 'Registering your name. This takes a few seconds…',

  // Words
  words_title: 'Your 24 words',
  words_why: 'These words are your account: with them you get it back when this computer is lost. Write them on paper, in this order; nobody else has them, and nobody can send them to you again.',
  words_written: 'I wrote them down',
  words_skip: 'Skip for now',
  words_copy: 'Copy the words',
  words_confirm_title: 'Three of them, to be sure',
  words_confirm_text: 'Type the words with these numbers.',
  words_number: 'Word {number}',
  words_wrong: 'That isn’t word {number}. Look at your paper again.',
  words_skip_title: 'Go on without the words?',
  words_skip_text: 'If this computer is lost or breaks, your account is gone for good: name, contacts, messages. You can look at the words in the settings until X Chat is stopped, and not after that.',
  words_skip_yes: 'Go on without them',
  words_skip_no: 'Show me the words',

  // Restore
  restore_title: 'Get your account back',
  restore_text: 'Type your username and your 24 words. Old messages don’t come back; your name and your contacts’ trust do.',
  restore_words: '24 words, with spaces between them',
  restore_count: { one: '{count} word of 24', other: '{count} words of 24' },
  restore_do: 'Restore',
  restore_doing: 'Restoring your account. This takes a moment…',

  // Unlock
  unlock_title: 'Welcome back',
  unlock_text: 'This profile is protected by a passphrase.',
  unlock_label: 'Passphrase',
  unlock_do: 'Unlock',
  unlock_doing: 'Unlocking…',
  show_passphrase: 'Show the passphrase',
  hide_passphrase: 'Hide the passphrase',

  // New chat
  new_title: 'New chat',
  new_label: 'Username',
  new_text: 'Type the @username of the person you want to write to.',
  new_do: 'Start chat',
  new_doing: 'Looking for @{name}…',

  // Request
  request_title: '@{name} wants to write to you',
  request_since: 'This name was registered on {date}.',
  request_new: 'This name is new: it was registered on {date}. Take a second look.',
  request_unknown: 'It is not known when this name was registered.',
  request_came: 'The request came {when}.',
  request_explain: 'They don’t see whether you’ve read this until you accept.',
  request_accept: 'Accept',
  request_delete: 'Delete',
  request_accepting: 'Accepting…',

  // Settings
  settings_title: 'Settings',
  settings_profile: 'Profile “{name}”',
  settings_look: 'Appearance',
  settings_language: 'Language',
  settings_language_auto: 'As the browser',
  settings_theme: 'Theme',
  theme_system: 'As the system',
  theme_light: 'Light',
  theme_dark: 'Dark',
  theme_contrast: 'High contrast',
  settings_size: 'Text size',
  size_small: 'Small',
  size_normal: 'Normal',
  size_large: 'Large',
  size_huge: 'Very large',
  settings_security: 'Security',
  settings_passphrase: 'Passphrase',
  passphrase_on: 'Asked for each time X Chat starts.',
  passphrase_off: 'Without one, whoever has this disk can read your messages.',
  passphrase_set: 'Set a passphrase',
  passphrase_change: 'Change',
  passphrase_new: 'New passphrase',
  passphrase_repeat: 'Once more',
  passphrase_differ: 'The two don’t match.',
  passphrase_short: 'At least 8 characters.',
  passphrase_warn: 'There is no way around a forgotten passphrase. Your 24 words bring back the account, not the messages.',
  passphrase_done: 'The passphrase is set.',
  passphrase_removed: 'The passphrase is removed.',
  passphrase_remove_title: 'Remove the passphrase?',
  settings_account: 'Account',
  settings_words: 'Your 24 words',
  words_there: 'Not confirmed yet. They are forgotten when X Chat stops.',
  words_show: 'Show',
  settings_network: 'Network',
  settings_invite: 'Invite people',
  report_node: 'Node',
  report_own: 'This computer runs a node of the network',
  report_reachable: 'answers',
  report_unreachable: 'doesn’t answer',
  report_unasked: 'not asked yet',
  report_direct: { one: 'Connected directly to {count} person', other: 'Connected directly to {count} people' },
  report_nobody: 'Connected directly to nobody at the moment',
  report_clock_ok: 'This computer’s clock agrees with the network’s',
  report_clock_off: 'This computer’s clock differs from the network’s by {seconds} seconds',
  report_refresh: 'Look again',
  settings_about: 'About',
  about_text: 'X Chat {version}. Free software; your messages live on your devices and on the nodes of your network, and nowhere else.',
} as const;
