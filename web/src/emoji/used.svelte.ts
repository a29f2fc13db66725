/** What this browser remembers of emojis: those used last, and the colour of skin. */

import { TONES } from './emoji';

const USED = 'xchat-emoji';
const TONE = 'xchat-emoji-tone';
/** Four rows. */
export const USED_MAX = 32;

class Used {
  signs: readonly string[] = $state.raw((localStorage.getItem(USED) ?? '').split(' ').filter((one) => one !== ''));
  tone: string = $state(TONES.find((one) => one === localStorage.getItem(TONE)) ?? '');

  note(sign: string): void {
    this.signs = [sign, ...this.signs.filter((one) => one !== sign)].slice(0, USED_MAX);
    localStorage.setItem(USED, this.signs.join(' '));
  }

  setTone(tone: string): void {
    this.tone = tone;
    localStorage.setItem(TONE, tone);
  }
}

export const used = new Used();
