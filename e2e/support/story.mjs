/** Stories: tests in a world of their own, that say what was to be seen when they fail. */

import { after, before, test } from 'node:test';

import { launch } from './browser.mjs';
import { World } from './daemon.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** Runs a story in a world and a browser that are its own. */
export function story(name, tell) {
  test(name, async (context) => {
    const world = await World.make();
    try {
      await tell(world, browser, context);
    } catch (error) {
      context.diagnostic(await seen());
      throw error;
    } finally {
      for (const window of browser.contexts()) await window.close();
      await world.end();
    }
  });
}

/** What all open pages show. */
async function seen() {
  const pages = browser.contexts().flatMap((window) => window.pages());
  const texts = pages.map((page) => page.locator('body').innerText({ timeout: 2_000 }).catch(String));
  return (await Promise.all(texts)).join('\n=====\n');
}
