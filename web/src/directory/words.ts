/** The texts about the directory: the own record, two truths, trust that has run out, giving the name up. */

export const directoryEn = {
  // The own record
  record_line: 'The keys of your account were changed elsewhere: another device speaks for @{name} now. If that wasn’t you, restore the account with your words at once.',
  record_line_other: 'What the directory says of @{name} was changed elsewhere. If that wasn’t you, restore the account with your words.',
  record_line_released: 'The name @{name} was given up elsewhere. If that wasn’t you, take it back: restore the account with your words, on a new profile, while the name rests.',
  record_line_lapsed: 'The name @{name} had lapsed, because its record was too old. X Chat renews it as long as it rests.',
  record_seen: 'I have seen it',

  // Two truths
  forked_line: 'The operators of this network have signed two different truths. Your chats go on; nobody new is looked up until you have seen the proof.',
  forked_show: 'See what happened',
  forked_title: 'The operators have shown two truths',
  forked_what: 'The directory of names is kept by operators, who sign one block at each height. Here two different blocks of one height are signed. No honest operator signs both: somebody may have been shown a wrong key for a name, and not be able to see it.',
  forked_keeps: 'Your chats go on with the people and the keys that you know. New names are not looked up before you have seen this.',
  forked_do: 'Save the proof and show it to people in the network: it convinces everybody, whoever shows it. Compare safety numbers before you write something secret to somebody new.',
  forked_height: 'Block {height}',
  forked_found: 'found {when}',
  forked_signers: 'Signed both blocks',
  forked_signers_none: 'Operators who have been replaced since',
  forked_operator_unnamed: 'an operator without a name',
  forked_blocks: 'The two blocks',
  forked_save: 'Save the proof',
  forked_seen: 'I have seen it',
  forked_seen_done: 'Names are looked up again. The proof stays in the settings.',
  forked_settings: 'Two truths',
  forked_settings_text: 'The operators of this network once signed two different truths. The proof is kept for good.',

  // Trust that has run out
  lost_line: 'The network was last seen on {when}: too long ago to know who keeps it now. Ask somebody in it for a new invitation.',
  lost_renew: 'Paste a new invitation',
  lost_renew_title: 'Trust the network again',
  lost_renew_text: 'Operators come and go. Who they are by now, this computer takes from an invitation: ask somebody in your network, whom you trust, for one that was made today. Your account, your chats and your messages stay as they are.',
  lost_renew_do: 'Trust it again',
  lost_renew_doing: 'Reading the invitation…',
  lost_renew_done: 'The network is trusted again.',

  // Giving the name up
  release_name: 'Your name',
  release_held: '@{name} is yours. People find you by it.',
  release_gone: 'You gave @{name} up. Your chats go on under it, and nobody new finds you.',
  release_until: 'It rests until {day}. Until then, your 24 words take it back on a new profile.',
  release_show: 'Give up my name',
  release_title: 'Give up @{name}?',
  release_nobody: 'Nobody new finds you, and you can’t take another name with this account.',
  release_chats: 'Your chats go on, with everybody who knows you already.',
  release_rests: 'The name rests before anybody can take it. While it rests, your 24 words can take it back; after that, it can be somebody else’s.',
  release_label: 'Type your name to confirm',
  release_differs: 'That is not your name.',
  release_do: 'Give it up',
  release_doing: 'Waiting until the network has signed it…',
} as const;
