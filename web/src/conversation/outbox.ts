/** What was sent from one composer and isn't taken yet: in order, and given back whole when it can't be taken. */

export class Outbox<T> {
  readonly #post: (what: T) => Promise<void>;
  readonly #giveBack: (what: readonly T[], why: unknown) => void;
  #pending: T[] = [];
  #busy = false;

  /** `post` throws when a text isn't taken; `giveBack` then gets all that waits, in the order of writing. */
  constructor(post: (what: T) => Promise<void>, giveBack: (what: readonly T[], why: unknown) => void) {
    this.#post = post;
    this.#giveBack = giveBack;
  }

  /** Sends a text after those before it: two requests at once could overtake each other. */
  send(what: T): void {
    this.#pending.push(what);
    if (!this.#busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    for (let what = this.#pending[0]; what !== undefined; what = this.#pending[0]) {
      try {
        await this.#post(what);
        this.#pending.shift();
      } catch (error) {
        // What was written after it comes back with it: alone it would make no sense.
        const back = this.#pending;
        this.#pending = [];
        this.#giveBack(back, error);
      }
    }
    this.#busy = false;
  }
}
