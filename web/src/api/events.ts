/** The stream of events: one WebSocket that comes back by itself. */

import type { Event } from './types';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** The close code of a token that the daemon does not know. */
const UNAUTHORIZED = 4401;
/** The close code of a profile that has not been begun or unlocked: there is nothing to tell yet. */
const NOT_OPEN = 4409;

export type StreamState = 'connecting' | 'live' | 'gone';

export type StreamHooks = {
  token: () => string | null;
  event: (event: Event) => void;
  state: (state: StreamState) => void;
  unauthorized: () => void;
};

/** The pause before the next attempt, after so many that failed. */
export function pauseAfter(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1), LONGEST_PAUSE_MS);
}

export class EventStream {
  #hooks: StreamHooks;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #wanted = false;

  constructor(hooks: StreamHooks) {
    this.#hooks = hooks;
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#failures = 0;
    this.#hooks.state('connecting');
    this.#open();
  }

  stop(): void {
    this.#wanted = false;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** Tries at once, for example when the tab comes to the front. */
  hurry(): void {
    if (!this.#wanted || this.#socket !== null) return;
    clearTimeout(this.#timer);
    this.#open();
  }

  #open(): void {
    const token = this.#hooks.token();
    if (token === null) {
      this.#hooks.unauthorized();
      return;
    }
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/api/events`);
    this.#socket = socket;
    socket.addEventListener('open', () => socket.send(JSON.stringify({ token })));
    socket.addEventListener('message', (frame: MessageEvent<unknown>) => {
      if (socket !== this.#socket || typeof frame.data !== 'string') return;
      const event = JSON.parse(frame.data) as Event;
      if (event.type === 'ready') {
        this.#failures = 0;
        this.#hooks.state('live');
      }
      this.#hooks.event(event);
    });
    socket.addEventListener('close', (end) => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      if (!this.#wanted) return;
      // Refused was the token of then: this tab may have been let in anew.
      if (end.code === UNAUTHORIZED && token !== this.#hooks.token()) {
        this.#open();
        return;
      }
      if (end.code === UNAUTHORIZED) {
        this.stop();
        this.#hooks.unauthorized();
        return;
      }
      if (end.code === NOT_OPEN) {
        this.#failures = 1;
        this.#hooks.state('live');
      } else {
        this.#failures += 1;
        this.#hooks.state('gone');
      }
      this.#timer = setTimeout(() => this.#open(), pauseAfter(this.#failures));
    });
  }
}
