/** Where things are that the page fetches: under `files/` beside it. */
export function placeOf(path: string): string {
  return new URL(`files/${path}`, document.baseURI).href;
}
