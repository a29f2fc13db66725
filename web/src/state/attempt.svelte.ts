/** Something that a person asked for and that takes a moment: whether it is under way, and why it failed. */
export class Attempt {
  /** Whether it is under way. */
  busy = $state(false);
  /** Why the last one failed; nothing once the next begins. */
  failure: unknown = $state.raw(null);

  /** Does the work, unless some is under way already. Gives whether it was done. */
  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.failure = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.failure = error;
      return false;
    } finally {
      this.busy = false;
    }
  }
}
