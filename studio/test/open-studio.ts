/** A studio that is served, and a browser that has it open, for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { serveStudio } from '../../src/api/node.js';
import { launchChromium } from '../../test/browser/chromium.js';
import { tinyStyle } from '../../test/tiny-style.js';

/** A page of the studio, and what went wrong in it. */
export interface StudioPage {
  page: Page;
  context: BrowserContext;
  /** Errors and warnings of the console, and requests to other hosts. */
  complaints: string[];
}

/** A studio for the tests of a file. */
export interface TestStudio {
  url: string;
  browser: Browser;
  /** A folder that is removed at the end; its `tiny.onnx` and `other.onnx` are among the styles. */
  folder: string;
  /** Opens a page of its own, with a storage of its own, and waits for an element of it. */
  open(address?: string, options?: BrowserContextOptions, waitFor?: string): Promise<StudioPage>;
  close(): Promise<void>;
}

/** Serves the studio with two small styles, and starts a browser. @param browserArguments of Chromium */
export async function openStudio(browserArguments: readonly string[] = []): Promise<TestStudio> {
  const folder = await mkdtemp(join(tmpdir(), 'fns-studio-'));
  await tinyStyle(folder, 'tiny.onnx', 1);
  await tinyStyle(folder, 'other.onnx', 2);
  const server = await serveStudio({ port: 0, styles: folder });
  const browser = await launchChromium(browserArguments);
  return {
    ...{ url: server.url, browser, folder },
    async open(address = '', options = {}, waitFor = '.style') {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      context.setDefaultTimeout(100_000);
      const complaints = complaintsOf(context, server.url);
      const page = await context.newPage();
      await page.goto(new URL(address, server.url).href);
      await page.waitForSelector(waitFor);
      return { page, context, complaints };
    },
    async close() {
      await browser.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a browser complains of from now on. */
export function complaintsOf(context: BrowserContext, url: string): string[] {
  const complaints: string[] = [];
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      complaints.push(`${message.type()}: ${message.text()}`);
  });
  context.on('weberror', (error) => complaints.push(error.error().message));
  context.on('request', (request) => {
    const asked = request.url();
    if (!asked.startsWith(url) && !/^(blob|data):/.test(asked)) complaints.push(`asked for ${asked}`);
  });
  return complaints;
}

/** A file as Playwright hands it over. */
export interface TestFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** Drops files on the page. */
export async function dropFiles(page: Page, files: readonly TestFile[]): Promise<void> {
  const transfer = await page.evaluateHandle(
    (given) => {
      const transfer = new DataTransfer();
      for (const { name, mimeType, bytes } of given) {
        transfer.items.add(
          new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name, { type: mimeType }),
        );
      }
      return transfer;
    },
    files.map(({ name, mimeType, buffer }) => ({ name, mimeType, bytes: buffer.toString('base64') })),
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

/** Does something, and gives the file that the page saves for it. */
export async function downloadOf(
  page: Page,
  action: () => Promise<unknown>,
): Promise<{ name: string; path: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), action()]);
  return { name: download.suggestedFilename(), path: await download.path() };
}
