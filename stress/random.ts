/**
 * Random numbers that a seed repeats.
 *
 * @module
 */

/** A stream of random choices; two with the same seed make the same ones. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to but not 1. */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 up to but not `n`. */
  below(n: number): number {
    return Math.floor(this.unit() * n);
  }

  /** True so many times in a hundred. */
  percent(n: number): boolean {
    return this.unit() * 100 < n;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** A seed for another stream. */
  seed(): number {
    return this.below(2 ** 31);
  }
}
