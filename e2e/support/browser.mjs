/** A real browser. Whatever a page asks for is written down, and so is all that it complains about. */

import { chromium } from 'playwright-core';

import { PATIENCE_MS } from './daemon.mjs';

const executablePath = process.env.XCHAT_BROWSER ?? '/usr/bin/chromium';

/** Without these the browser itself calls home. */
const QUIET = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

export async function launch(args = []) {
  return chromium.launch({ executablePath, headless: true, args: [...QUIET, ...args] });
}

/** A tab of a person, in a window of its own unless it stands beside another. */
export class Tab {
  /** Requests that left this machine's own interface. There must be none. */
  strangers = [];
  /** What the browser's console called an error: a breach of the content security policy among them. */
  complaints = [];

  static async open(browser, address, options = {}, prepare = async () => {}) {
    const context = await browser.newContext({
      locale: 'en-GB',
      viewport: { width: 1200, height: 800 },
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const tab = new Tab(context, await context.newPage(), new URL(address));
    await prepare(tab.page);
    await tab.page.goto(address);
    return tab;
  }

  /** Another tab in the same window. */
  async beside(address) {
    const tab = new Tab(this.context, await this.context.newPage(), new URL(address));
    await tab.page.goto(address);
    return tab;
  }

  constructor(context, page, { host }) {
    this.context = context;
    this.page = page;
    page.on('request', (request) => this.#judge(request.url(), host));
    page.on('websocket', (socket) => this.#judge(socket.url(), host));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  #judge(address, host) {
    const { protocol, host: asked } = new URL(address);
    const isInside = ['data:', 'blob:'].includes(protocol);
    if (!isInside && asked !== host) this.strangers.push(address);
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  field(name) {
    return this.page.getByLabel(name, { exact: true });
  }

  text(text) {
    return this.page.getByText(text, { exact: true });
  }

  /** What the daemon answers to a path, with this tab's token. */
  ask(path) {
    return this.page.evaluate(async (asked) => {
      const authorization = `Bearer ${sessionStorage.getItem('xchat-token')}`;
      return (await fetch(asked, { headers: { authorization } })).json();
    }, path);
  }

  /** Waits until all that changes its colour or place has done so. */
  settle() {
    return this.page.evaluate(async () => {
      const ends = ({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime);
      // A colour that is inherited goes from one element to the next.
      for (let running; running?.length !== 0; ) {
        await new Promise(requestAnimationFrame);
        running = document.getAnimations().filter(ends).map(({ finished }) => finished);
        await Promise.allSettled(running);
      }
    });
  }

  /** What no page may ever do; refusals that a test provokes are named by it. */
  judge(allowed = []) {
    const complaints = this.complaints.filter((complaint) => !allowed.some((one) => one.test(complaint)));
    if (this.strangers.length > 0) throw new Error(`requests left this machine: ${this.strangers.join(', ')}`);
    if (complaints.length > 0) throw new Error(`the page complained: ${complaints.join(' | ')}`);
  }

  async close() {
    await this.context.close();
  }
}

/** An answer with an error status, which browsers call an error in their console. */
export const REFUSED = /Failed to load resource: the server responded with a status of (401|404|409|422|503|507)/;
/** The daemon is gone. */
export const GONE = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|WebSocket connection|ERR_EMPTY_RESPONSE|Failed to load resource/;
