/** Files in a word, where there is no room to show them. */

import type { Attachment, FileKind, Message } from '../api/types';
import { type Key, t } from '../i18n/i18n.svelte';

const WORDS = {
  photo: 'file_photo',
  gif: 'file_gif',
  sticker: 'file_sticker',
  video: 'file_video',
  voice: 'file_voice',
  audio: 'file_audio',
  file: 'file_file',
} as const satisfies Record<FileKind, Key>;

/** What a file is, in a word. */
export function wordFor(kind: FileKind): string {
  return t(WORDS[kind]);
}

export function labelOf(files: readonly Pick<Attachment, 'kind' | 'name'>[]): string {
  const [only, ...others] = files;
  if (only === undefined) return '';
  if (others.length > 0) return t('file_count', { count: files.length });
  return (only.kind === 'file' || only.kind === 'audio') && only.name !== '' ? only.name : wordFor(only.kind);
}

/** What a message says in one line: its text, what it asks, or what it brings. */
export function lineOf(message: Pick<Message, 'text' | 'attachments'> & Partial<Pick<Message, 'poll'>>): string {
  if (message.poll) return t('poll_line', { question: message.poll.question });
  return message.text.trim() === '' ? labelOf(message.attachments) : message.text;
}
