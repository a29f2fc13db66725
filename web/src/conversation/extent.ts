// Where each message stands in a list that is mostly not drawn: heights, measured where known and guessed elsewhere.

/** Heights by key, and their sums. */
export class Extent {
  #keys: readonly number[] = [];
  #index = new Map<number, number>();
  #measured = new Map<number, number>();
  /** `#sums[i]` is the height of everything before the message at `i`; valid up to `#valid`. */
  #sums = new Float64Array(1);
  #valid = 0;
  #guess: number;

  constructor(guess: number) {
    this.#guess = guess;
  }

  get length(): number {
    return this.#keys.length;
  }

  get total(): number {
    return this.offset(this.#keys.length);
  }

  /** Takes over a list. What was measured stays measured, wherever it has moved to. */
  place(keys: readonly number[]): void {
    const old = this.#keys;
    let same = 0;
    while (same < keys.length && same < old.length && keys[same] === old[same]) same += 1;
    if (same === old.length)
      for (let at = same; at < keys.length; at += 1) this.#index.set(keys[at] as number, at);
    else {
      this.#index = new Map();
      for (let at = 0; at < keys.length; at += 1) this.#index.set(keys[at] as number, at);
    }
    if (this.#sums.length <= keys.length) {
      const larger = new Float64Array(Math.max(keys.length + 1, Math.ceil(keys.length * 1.5)));
      larger.set(this.#sums.subarray(0, Math.min(this.#valid, same) + 1));
      this.#sums = larger;
    }
    this.#valid = Math.min(this.#valid, same);
    this.#keys = keys;
  }

  /** Notes a height. Says whether it is news. */
  measure(key: number, height: number): boolean {
    const known = this.#measured.get(key);
    if (known !== undefined && Math.abs(known - height) < 0.25) return false;
    this.#measured.set(key, height);
    const at = this.#index.get(key);
    if (at !== undefined) this.#valid = Math.min(this.#valid, at);
    return true;
  }

  /** Forgets all heights, because the width has changed: what is drawn is measured at once, the rest when it is. */
  forget(): void {
    this.#measured.clear();
    this.#valid = 0;
  }

  /** Guesses anew from what has been measured; only while nothing depends on the old guess yet. */
  learn(): void {
    if (this.#measured.size < 8) return;
    let sum = 0;
    for (const height of this.#measured.values()) sum += height;
    this.#guess = sum / this.#measured.size;
    this.#valid = 0;
  }

  indexOf(key: number): number | undefined {
    return this.#index.get(key);
  }

  height(at: number): number {
    const key = this.#keys[at];
    return key === undefined ? 0 : (this.#measured.get(key) ?? this.#guess);
  }

  /** The height of everything before an index. */
  offset(at: number): number {
    const end = Math.max(0, Math.min(at, this.#keys.length));
    for (; this.#valid < end; this.#valid += 1) {
      this.#sums[this.#valid + 1] = (this.#sums[this.#valid] as number) + this.height(this.#valid);
    }
    return this.#sums[end] as number;
  }

  /** The index of the message at a height from the top. */
  at(y: number): number {
    let low = 0;
    let high = this.#keys.length - 1;
    this.offset(this.#keys.length);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#sums[middle] as number) <= y) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }
}

/** The part of the list to draw: what is in view and a margin on both sides, never more than `count_max`. */
export function windowOf(
  extent: Extent,
  top: number,
  height: number,
  margin: number,
  count_max = 160,
): [number, number] {
  if (extent.length === 0) return [0, 0];
  let first = extent.at(Math.max(0, top - margin));
  let end = Math.min(extent.length, extent.at(top + height + margin) + 1);
  if (end - first > count_max) {
    const seen = extent.at(top);
    first = Math.max(first, seen - Math.floor(count_max / 4));
    end = Math.min(end, first + count_max);
  }
  return [first, end];
}
