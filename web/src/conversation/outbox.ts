/** What was sent from one composer and isn't taken yet: in order, and given back whole when it can't be taken. */

export class Outbox {
  readonly #post: (text: string) => Promise<void>;
  readonly #giveBack: (text: string, why: unknown) => void;
  #pending: string[] = [];
  #busy = false;

  /** `post` throws when a text isn't taken; `giveBack` then gets all that waits, in the order of writing. */
  constructor(post: (text: string) => Promise<void>, giveBack: (text: string, why: unknown) => void) {
    this.#post = post;
    this.#giveBack = giveBack;
  }

  /** Sends a text after those before it: two requests at once could overtake each other. */
  send(text: string): void {
    this.#pending.push(text);
    if (!this.#busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    for (let text = this.#pending[0]; text !== undefined; text = this.#pending[0]) {
      try {
        await this.#post(text);
        this.#pending.shift();
      } catch (error) {
        // What was written after it comes back with it: alone it would make no sense.
        const back = this.#pending.join('\n');
        this.#pending = [];
        this.#giveBack(back, error);
      }
    }
    this.#busy = false;
  }
}
