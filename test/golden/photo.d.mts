/** The folder of photos and weights: FNS_DATA, or `../shared/data` beside the repository. */
export function goldenData(): string;

/** The central 64x64 pixels of photos/test/amber.jpg, RGB bytes, [64, 64, 3]. */
export function goldenPhoto(): Promise<Uint8Array>;
