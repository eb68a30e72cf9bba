/** Answers that a test gives when it wants to. */

/** A promise, and how to settle it. */
export interface Later<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Makes one. */
export function later<T = void>(): Later<T> {
  const made = {} as Later<T>;
  made.promise = new Promise<T>((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

/** Lets everything happen that waits for nothing. */
export const soon = () => new Promise<void>((resolve) => setTimeout(resolve));
