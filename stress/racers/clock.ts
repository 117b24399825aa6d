/**
 * One clock for all contestants, faster than the wall's: a lease of a second runs out in milliseconds.
 *
 * @module
 */

export interface FastClock {
  /** Wall clock at the start of the suite. */
  epoch: number;
  /** How many board milliseconds pass per real one. */
  speed: number;
}

/** The board's time now; the same in every process of this machine. */
export function fast({ epoch, speed }: FastClock): () => number {
  // Date.now() has whole milliseconds only, which is also all that processes agree on.
  return () => epoch + Math.round((Date.now() - epoch) * speed);
}
