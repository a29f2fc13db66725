/** Short notices at the edge: what failed, and what to do. */

import { describe } from '../i18n/failures';

/** What can be done about it, as long as it is shown. */
export type ToastAct = { title: string; act: () => void };
export type Toast = { id: number; tone: 'plain' | 'failure'; text: string; advice: string | null; act: ToastAct | null };

const SHOWN_MS = 7_000;
/** Reading, deciding and getting there takes longer. */
const SHOWN_TO_ACT_MS = 15_000;
const AT_MOST = 3;

class Toasts {
  list: readonly Toast[] = $state.raw([]);
  #next = 1;

  say(text: string, act: ToastAct | null = null): void {
    this.#show({ id: this.#next++, tone: 'plain', text, advice: null, act });
  }

  fail(error: unknown): void {
    const { text, advice } = describe(error);
    this.#show({ id: this.#next++, tone: 'failure', text, advice, act: null });
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #show(toast: Toast): void {
    this.list = [...this.list.filter((other) => other.text !== toast.text), toast].slice(-AT_MOST);
    setTimeout(() => this.dismiss(toast.id), toast.act === null ? SHOWN_MS : SHOWN_TO_ACT_MS);
  }
}

export const toasts = new Toasts();
