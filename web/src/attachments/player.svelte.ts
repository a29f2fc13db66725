/** What is being listened to. One thing at a time, and it goes on while one scrolls or looks elsewhere. */

import type { Attachment, Message } from '../api/types';
import { app } from '../state/app.svelte';
import { toasts } from '../state/toasts.svelte';
import { t } from '../i18n/i18n.svelte';
import { media } from './media.svelte';

export const SPEEDS = [1, 1.5, 2] as const;

type Playing = { message: Message; part: number; kind: Attachment['kind'] };

class Player {
  now: Playing | null = $state.raw(null);
  playing = $state(false);
  /** Seconds from the beginning. */
  at = $state(0);
  /** Seconds in all, once they are known. */
  length = $state(0);
  speed: (typeof SPEEDS)[number] = $state(1);
  #audio: HTMLAudioElement | null = null;

  is(row: number, part: number): boolean {
    return this.now?.message.row === row && this.now.part === part;
  }

  toggle(message: Message, { part, kind }: Attachment): void {
    if (this.is(message.row, part)) {
      if (this.playing) this.#audio?.pause();
      else this.#start();
      return;
    }
    this.#begin({ message, part, kind });
  }

  seek(to: number): void {
    if (this.#audio === null) return;
    this.#audio.currentTime = to;
    this.at = to;
  }

  faster(): void {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length] ?? 1;
    if (this.#audio !== null) this.#audio.playbackRate = this.speed;
  }

  #begin(next: Playing): void {
    const src = media.url(next.message.row, next.part);
    if (src === null) return;
    const audio = this.#element();
    this.now = next;
    this.at = 0;
    this.length = 0;
    audio.src = src;
    audio.playbackRate = next.kind === 'voice' ? this.speed : 1;
    this.#start();
  }

  #start(): void {
    this.#audio?.play().catch((error: unknown) => {
      // Another one was begun meanwhile.
      if (error instanceof DOMException && error.name === 'AbortError') return;
      this.now = null;
      toasts.say(t('file_unplayable'));
    });
  }

  #element(): HTMLAudioElement {
    if (this.#audio !== null) return this.#audio;
    const audio = new Audio();
    audio.preload = 'auto';
    audio.onplay = () => (this.playing = true);
    audio.onpause = () => (this.playing = false);
    audio.ontimeupdate = () => (this.at = audio.currentTime);
    audio.ondurationchange = () => (this.length = Number.isFinite(audio.duration) ? audio.duration : 0);
    audio.onended = () => this.#ended();
    this.#audio = audio;
    return audio;
  }

  /** Voice messages that follow each other are heard one after the other. */
  #ended(): void {
    const done = this.now;
    this.playing = false;
    this.at = 0;
    if (done?.kind !== 'voice') return;
    const { list } = app.messages(done.message.conversation);
    const at = list.findIndex((message) => message.row === done.message.row);
    const next = at < 0 ? undefined : list[at + 1];
    const voice = next?.attachments.find((one) => one.kind === 'voice' && one.state === 'here');
    if (next !== undefined && voice !== undefined) this.#begin({ message: next, part: voice.part, kind: 'voice' });
  }
}

export const player = new Player();
