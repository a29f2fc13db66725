/** What a vote makes of what was chosen, and how much of all each choice has. */

import type { Poll } from '../api/types';

/** What is chosen when a choice is pressed: one of one, or one more or less of several. */
export function pressed(poll: Pick<Poll, 'choices' | 'multiple'>, at: number): number[] {
  const own = poll.choices.flatMap(({ mine }, place) => (mine ? [place] : []));
  if (own.includes(at)) return own.filter((place) => place !== at);
  return poll.multiple ? [...own, at].sort((one, other) => one - other) : [at];
}

/** The part of all who voted that chose something, from 0 to 1. */
export function part(poll: Pick<Poll, 'choices' | 'voters'>, at: number): number {
  return poll.voters === 0 ? 0 : (poll.choices[at]?.names.length ?? 0) / poll.voters;
}
