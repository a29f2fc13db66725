/** What a composer is about, besides a new message: another one that is answered, or changed. */

import type { Message } from '../api/types';

export type About = { reply: Message; edit?: never } | { edit: Message; reply?: never };
