/** Where the strips of a large picture keep what they have computed so far. */

/** A plane in scratch memory, as rows of bytes of one length. */
export interface ScratchPlane {
  /** Writes whole rows, from row `start` on. */
  write(start: number, rows: Uint8Array): Promise<void>;
  /** Reads the rows start..end-1. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** Gives the memory back. */
  free(): Promise<void>;
}

/** Makes room for a plane: in memory, or in a file. */
export type OpenScratch = (rows: number, bytesPerRow: number) => Promise<ScratchPlane>;

/** Scratch planes in memory. */
export const memoryScratch: OpenScratch = async (rows, bytesPerRow) => {
  let data: Uint8Array | undefined = new Uint8Array(rows * bytesPerRow);
  return {
    async write(start, part) {
      data!.set(part, start * bytesPerRow);
    },
    async read(start, end) {
      return data!.slice(start * bytesPerRow, end * bytesPerRow);
    },
    async free() {
      data = undefined;
    },
  };
};
