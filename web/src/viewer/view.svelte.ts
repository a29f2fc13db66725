/** How large a picture is looked at, and which part of it: by wheel, two fingers, keys and dragging. */

export const SCALE_MAX = 8;
/** So far a finger goes across before it means the next picture, in pixels. */
const SWIPE = 70;

type Point = { x: number; y: number };

export class View {
  scale = $state(1);
  x = $state(0);
  y = $state(0);
  #down = new Map<number, Point>();
  #from: Point | null = null;

  reset(): void {
    this.scale = 1;
    this.x = 0;
    this.y = 0;
  }

  /** Larger or smaller around a place, which is told from the middle. */
  by(factor: number, x = 0, y = 0): void {
    const scale = Math.max(1, Math.min(this.scale * factor, SCALE_MAX));
    const real = scale / this.scale;
    this.x = scale === 1 ? 0 : x - (x - this.x) * real;
    this.y = scale === 1 ? 0 : y - (y - this.y) * real;
    this.scale = scale;
  }

  down(id: number, x: number, y: number): void {
    this.#down.set(id, { x, y });
    this.#from = this.#down.size === 1 ? { x, y } : null;
  }

  move(id: number, x: number, y: number): void {
    const before = this.#down.get(id);
    if (before === undefined) return;
    const others = [...this.#down].filter(([other]) => other !== id);
    const other = others[0]?.[1];
    this.#down.set(id, { x, y });
    if (other !== undefined) {
      const was = Math.hypot(before.x - other.x, before.y - other.y);
      const is = Math.hypot(x - other.x, y - other.y);
      if (was > 0) this.by(is / was);
    } else if (this.scale > 1) {
      this.x += x - before.x;
      this.y += y - before.y;
    }
  }

  /** A finger goes up: how far it went across, when that means another picture; else zero. */
  up(id: number): number {
    const last = this.#down.get(id);
    this.#down.delete(id);
    const from = this.#from;
    this.#from = null;
    if (last === undefined || from === null || this.scale > 1) return 0;
    const across = last.x - from.x;
    return Math.abs(across) >= SWIPE && Math.abs(across) > 2 * Math.abs(last.y - from.y) ? across : 0;
  }
}
