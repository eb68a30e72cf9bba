/** At which size a camera's frames are drawn, so that it stays fluent. */

/** The longer sides: few, since a new size costs a runtime some slow frames. */
export const SIDES = [160, 192, 256, 320, 448, 640, 896] as const;

/** Milliseconds that a frame should take: 15 frames a second. */
const WANTED = 1000 / 15;
/** Above this the next smaller size is taken: 11 frames a second. */
const TOO_SLOW = 1000 / 11;
/** Frames after a change that tell nothing: code is compiled, memory is asked for. */
const WARM_UP = 2;
/** Frames that are measured. */
const MEASURED = 5;
/** The index of the side that is tried first. */
const FIRST = 2;

/** Chooses among a few sizes by the time that frames take. */
export class FrameSize {
  #at = FIRST;
  /** Sides from this on were too slow. */
  #limit: number = SIDES.length;
  #left = WARM_UP;
  #times: number[] = [];

  /** Begins anew: another style may be faster. The size stays until it is measured. */
  restart(): void {
    this.#limit = SIDES.length;
    this.#forget();
  }

  /** The size for a camera's frame: even sides, never larger than the frame. */
  of({ width, height }: { width: number; height: number }): { width: number; height: number } {
    const scale = Math.min(1, SIDES[this.#at]! / Math.max(width, height));
    const even = (side: number) => Math.max(2, 2 * Math.round((side * scale) / 2));
    return { width: even(width), height: even(height) };
  }

  /** Tells the milliseconds that a frame took. */
  add(milliseconds: number): void {
    if (this.#left > 0) {
      this.#left--;
      return;
    }
    this.#times.push(milliseconds);
    if (this.#times.length < MEASURED) return;
    const median = this.#times.toSorted((a, b) => a - b)[MEASURED >> 1]!;
    this.#times = [];
    // The time grows with the area.
    const fits = (side: number) => median * (side / SIDES[this.#at]!) ** 2 <= WANTED;
    const best = Math.max(0, SIDES.findLastIndex(fits));
    if (median > TOO_SLOW && this.#at > 0) {
      this.#limit = this.#at;
      this.#take(Math.min(best, this.#at - 1));
    } else if (best > this.#at) this.#take(Math.min(best, this.#limit - 1));
  }

  #take(at: number): void {
    if (at === this.#at) return;
    this.#at = at;
    this.#forget();
  }

  #forget(): void {
    this.#left = WARM_UP;
    this.#times = [];
  }
}
