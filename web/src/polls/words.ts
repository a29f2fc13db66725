/** The texts of polls, and of answers that are offered. */

/** What a poll in a chat says. */
export const pollsEn = {
  poll_line: 'Poll: {question}',
  poll_end: 'End the poll',
} as const;

/** What is said once somebody looks at one. */
export const pollsLateEn = {
  poll_new: 'Ask a question…',
  poll_title: 'Ask a question',
  poll_question: 'Question',
  poll_choice: 'Choice {number}',
  poll_remove: 'Remove choice {number}',
  poll_more: 'Add a choice',
  poll_several: 'Let everybody choose several',
  poll_send: 'Send',
  poll_same: 'Two choices are the same. Change one of them.',
  poll_one: 'Choose one',
  poll_any: 'Choose any number',
  poll_over: 'This poll is over',
  poll_voters: { one: '{count} vote', other: '{count} votes' },
  poll_none: 'No votes yet',
  poll_by: 'chosen by {who}',
  poll_end_title: 'End this poll?',
  poll_end_text: 'Nobody can vote any more, and it can’t be opened again.',
  answer_list: 'Answers to choose from',
} as const;
