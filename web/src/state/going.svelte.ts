/** Where in a chat somebody wants to be: the chat that is shown takes it. */

import { router } from './route.svelte';
import type { Spot } from './timeline.svelte';

export type Wanted = {
  conversation: number;
  spot: Spot;
  /** What is marked there. */
  words: readonly string[];
  /** Whether the keyboard stays where it is. */
  stay: boolean;
};

class Going {
  wanted: Wanted | null = $state.raw(null);

  /** Opens a chat at a message, or at a time. With `stay` it is open already, beside what is asked from. */
  to(conversation: number, spot: Spot, { words = [], stay = false }: Partial<Pick<Wanted, 'words' | 'stay'>> = {}): void {
    this.wanted = { conversation, spot, words, stay };
    if (!stay) router.go({ at: 'conversation', id: conversation });
  }

  /** What is wanted in a chat, once. */
  take(conversation: number): Wanted | null {
    const { wanted } = this;
    if (wanted?.conversation !== conversation) return null;
    this.wanted = null;
    return wanted;
  }
}

export const going = new Going();
