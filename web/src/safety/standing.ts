/** What is known about the person in a chat: which texts say it, and what it means. */

import type { ContactChange, Verification } from '../api/types';
import type { Key } from '../i18n/i18n.svelte';

const CHANGES = {
  account: {
    title: 'safety_changed_account',
    text: 'safety_changed_account_text',
    banner: 'conversation_changed_account',
  },
  'identity-key': { title: 'safety_changed', text: 'safety_changed_text', banner: 'conversation_changed' },
  device: { title: 'safety_changed_device', text: 'safety_changed_device_text', banner: 'conversation_changed_device' },
} as const satisfies Record<ContactChange, { title: Key; text: Key; banner: Key }>;

/** What is said above the messages. */
export function bannerOf(change: ContactChange | null) {
  return CHANGES[change ?? 'identity-key'].banner;
}

export function standing(verification: Verification, change: ContactChange | null) {
  switch (verification) {
    case 'none':
      return { title: 'safety_none', text: 'safety_none_text' } as const;
    case 'verified':
      return { title: 'safety_verified', text: 'safety_verified_text' } as const;
    case 'changed':
      return CHANGES[change ?? 'identity-key'];
  }
}
