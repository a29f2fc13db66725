/** What a composer is about, besides a new message: another one that is answered, or changed. */

import type { Message } from '../api/types';

/** `text` is how far a change had come when the chat was left. */
export type About = { reply: Message; edit?: never; text?: never } | { edit: Message; text?: string; reply?: never };
