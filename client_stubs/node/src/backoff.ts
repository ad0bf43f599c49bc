/** The pauses between tries. */

/**
 * Each pause is twice the last one, up to the longest, less up to a half of it so that many workers do not come at
 * once.
 */
export class Backoff {
  #pause: number;

  /** `shortest` and `longest` in milliseconds; `random` gives numbers from 0 to 1. */
  constructor(
    private readonly shortest: number,
    private readonly longest: number,
    private readonly random: () => number = Math.random,
  ) {
    this.#pause = shortest;
  }

  /** The next pause, in milliseconds. */
  next(): number {
    const pause = this.#pause;
    this.#pause = Math.min(2 * pause, this.longest);
    return pause * (1 - this.random() / 2);
  }

  /** It worked: the next pause is the shortest again. */
  reset(): void {
    this.#pause = this.shortest;
  }
}
