/**
 * Prints rows of texts on stdout as columns.
 *
 * @param left how many of the first columns begin at the left; the others end at the right, as numbers do
 */
export function printColumns(rows: readonly (readonly string[])[], left = 0): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const cell = (text: string, column: number) =>
    column < left ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
  for (const row of rows) console.log(row.map(cell).join('  '));
}
