/** What of a long list is in the document, and where the view stands in it while heights become known. */

import { Extent, windowOf } from './extent';

/** A message of one line: the guess for what has never been drawn. */
const GUESS = 42;
/** Drawn beyond the view, in pixels; more is drawn only when the view comes closer than a part of it. */
const MARGIN = 900;
const NEAR = 300;

/** How far below the top of the view something is put into sight. */
const SIGHT = 0.22;

/** A message at the top of the view, and where the view begins in it. */
export type Anchor = { row: number; delta: number };

export class View {
  readonly extent = new Extent(GUESS);
  scroller: HTMLElement | undefined;
  canvas: HTMLElement | undefined;
  /** What is drawn: from `first` to before `end`. */
  first = $state(0);
  end = $state(0);
  /** Whether the view follows the end of the list. */
  stuck = $state(true);
  /** Otherwise where it stands. */
  anchor: Anchor | null = null;
  /** Nothing is shown or counted as seen before the place to begin at is found. */
  placed = $state(false);
  settled = $state(false);
  /** Whether the end of the list is where the view may stay. */
  readonly #ends: () => boolean;

  constructor(ends: () => boolean) {
    this.#ends = ends;
  }

  /** What the next list is read for, if it is: the view stands there as soon as it has come. */
  aim: (() => number | undefined) | null = null;

  /** Takes over a list. What the view stood on may be gone: then it stands at the end. */
  place(rows: readonly number[]): void {
    this.extent.place(rows);
    const aimed = this.aim?.();
    if (aimed !== undefined && this.extent.indexOf(aimed) !== undefined) this.sight(aimed);
    else if (this.anchor !== null && this.extent.indexOf(this.anchor.row) === undefined) this.follow();
    this.choose(this.target(), true);
  }

  follow(): void {
    this.stuck = true;
    this.anchor = null;
  }

  stand(anchor: Anchor): void {
    this.stuck = false;
    this.anchor = anchor;
  }

  /** A little below the top of the view one sees best what one has come for. */
  sight(row: number): void {
    this.stand({ row, delta: -Math.round(this.height * SIGHT) });
  }

  get height(): number {
    return this.scroller?.clientHeight ?? 0;
  }

  /** Where the view begins in the list. */
  get top(): number {
    return (this.scroller?.scrollTop ?? 0) - this.#base;
  }

  get #base(): number {
    return this.canvas?.offsetTop ?? 0;
  }

  /** Where the view shall begin. */
  target(): number {
    // A little more than there is: the browser stops at the end.
    const bottom = this.#base + this.extent.total + 64 - this.height;
    if (this.stuck || this.anchor === null) return bottom;
    return this.#base + this.extent.offset(this.extent.indexOf(this.anchor.row) ?? 0) + this.anchor.delta;
  }

  /** Chooses what to draw around a place; with little to gain, what is drawn stays. */
  choose(top: number, always = false): void {
    if (this.scroller === undefined) return;
    const from = top - this.#base;
    const [needed_first, needed_end] = windowOf(this.extent, from, this.height, NEAR);
    const enough = this.first <= needed_first && this.end >= needed_end && this.end <= this.extent.length;
    if (!always && enough) return;
    // The first sight comes sooner when little is drawn.
    const [first, end] = windowOf(this.extent, from, this.height, this.settled ? MARGIN : NEAR);
    if (first === this.first && end === this.end) return;
    this.#keepFocus(first, end);
    this.first = first;
    this.end = end;
  }

  /** The focus must not fall out of the document with a message that is no longer drawn. */
  #keepFocus(first: number, end: number): void {
    const focused = document.activeElement?.closest<HTMLElement>('[data-message]');
    if (!focused || !this.canvas?.contains(focused)) return;
    const at = this.extent.indexOf(Number(focused.dataset['message']));
    if (at === undefined || at < first || at >= end) this.scroller?.focus({ preventScroll: true });
  }

  /** Measures what is drawn, and puts everything where it belongs. */
  settle(): void {
    const { scroller, canvas, extent } = this;
    if (scroller === undefined || canvas === undefined) return;
    let changed = false;
    for (const item of canvas.children) {
      const row = (item as HTMLElement).dataset['row'];
      if (row !== undefined && extent.measure(Number(row), item.getBoundingClientRect().height)) changed = true;
    }
    if (changed && !this.settled) extent.learn();
    canvas.style.paddingBlockStart = `${extent.offset(this.first)}px`;
    canvas.style.paddingBlockEnd = `${extent.total - extent.offset(this.end)}px`;
    const top = this.target();
    if (Math.abs(scroller.scrollTop - top) >= 1) scroller.scrollTop = top;
    if (changed) this.choose(top);
    // A view that has no room to move never tells by scrolling that the end is in it.
    if (this.placed && !this.stuck && this.end === extent.length && this.isAtEnd()) this.follow();
  }

  isAtEnd(): boolean {
    const { scroller } = this;
    if (scroller === undefined || !this.#ends()) return false;
    return scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 2;
  }

  /** Somebody has scrolled: the view stands where it is now. */
  scrolled(rowAt: (at: number) => number | undefined): void {
    const { top, extent } = this;
    const at = extent.at(Math.max(0, top));
    const row = rowAt(at);
    if (this.isAtEnd() || row === undefined) this.follow();
    else this.stand({ row, delta: top - extent.offset(at) });
    this.choose(this.scroller?.scrollTop ?? 0);
  }
}
