/** The types of the API, with what the generated ones don't have yet. */

import type { Conversation as Plain, Event as PlainEvent, Qr, Request as PlainRequest } from './types';

export type * from './types';

export type Verification = 'none' | 'verified' | 'changed';

export type Conversation = Plain & {
  /** The other account's id, in hexadecimal digits. */
  account: string;
  is_note: boolean;
  verification: Verification;
};

export type Request = PlainRequest & { account: string };

export type DirectoryProof = { height: number; operators: number; checked_ms: number };

export type Safety = {
  /** Twelve of five digits. */
  groups: string[];
  /** The text in the QR code. */
  code: string;
  qr: Qr;
  verification: Verification;
  proof: DirectoryProof | null;
};

export type Event =
  | Exclude<PlainEvent, { type: 'conversation' } | { type: 'request' }>
  | { type: 'conversation'; conversation: Conversation }
  | { type: 'request'; request: Request };
