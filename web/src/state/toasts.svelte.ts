/** Short notices at the edge: what failed, and what to do. */

import { describe } from '../i18n/failures';

export type Toast = { id: number; tone: 'plain' | 'failure'; text: string; advice: string | null };

const SHOWN_MS = 7_000;
const AT_MOST = 3;

class Toasts {
  list: readonly Toast[] = $state.raw([]);
  #next = 1;

  say(text: string): void {
    this.#show({ id: this.#next++, tone: 'plain', text, advice: null });
  }

  fail(error: unknown): void {
    const { text, advice } = describe(error);
    this.#show({ id: this.#next++, tone: 'failure', text, advice });
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #show(toast: Toast): void {
    this.list = [...this.list.filter((other) => other.text !== toast.text), toast].slice(-AT_MOST);
    setTimeout(() => this.dismiss(toast.id), SHOWN_MS);
  }
}

export const toasts = new Toasts();
