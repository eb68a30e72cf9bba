/** The service worker: the page works offline after the first visit. */

/** Registers it, where the page is served in a way that allows one. */
export async function registerOffline(): Promise<void> {
  if (!('serviceWorker' in navigator) || !import.meta.env.PROD) return;
  await navigator.serviceWorker.register('./service-worker.js', { scope: './' }).catch(() => undefined);
}
