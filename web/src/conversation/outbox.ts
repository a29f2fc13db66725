/** What was sent from one composer and isn't taken yet: in order, and given back whole when it can't be taken. */

export class Outbox {
  readonly #post: (text: string) => Promise<boolean>;
  readonly #giveBack: (text: string) => void;
  #pending: string[] = [];
  #busy = false;

  /** `post` says whether the text was taken; `giveBack` gets everything that was not, in the order of writing. */
  constructor(post: (text: string) => Promise<boolean>, giveBack: (text: string) => void) {
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
      const taken = await this.#post(text).catch(() => false);
      if (taken) {
        this.#pending.shift();
        continue;
      }
      // What was written after it waits with it: alone it would make no sense.
      const back = this.#pending.join('\n');
      this.#pending = [];
      this.#giveBack(back);
    }
    this.#busy = false;
  }
}
