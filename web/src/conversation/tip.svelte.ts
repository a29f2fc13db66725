/** The word of a state, next to the glyph that the pointer or the keyboard is on. */
export class Tip {
  shown = $state.raw<{ text: string; x: number; y: number } | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Shows the word of a glyph after a while, and hides that of another at once. */
  point(glyph: Element | null | undefined, delay_ms: number): void {
    this.hide();
    if (!(glyph instanceof HTMLElement)) return;
    this.#timer = setTimeout(() => {
      const at = glyph.getBoundingClientRect();
      if (glyph.isConnected && at.height > 1)
        this.shown = { text: glyph.dataset['tip'] ?? '', x: at.left + at.width / 2, y: at.top };
    }, delay_ms);
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.shown = null;
  }
}
