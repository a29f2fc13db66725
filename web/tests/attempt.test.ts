import { expect, it } from 'vitest';
import { Attempt } from '../src/state/attempt.svelte';

/** Work that goes on until it is let through. */
function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

it('is busy until it is done', async () => {
  const attempt = new Attempt();
  const work = gate();
  const running = attempt.run(() => work.promise);
  expect(attempt.busy).toBe(true);
  work.resolve();
  expect(await running).toBe(true);
  expect(attempt.busy).toBe(false);
  expect(attempt.failure).toBeNull();
});

it('keeps why it failed until the next begins', async () => {
  const attempt = new Attempt();
  const why = new Error('no');
  expect(await attempt.run(() => Promise.reject(why))).toBe(false);
  expect(attempt.failure).toBe(why);
  expect(attempt.busy).toBe(false);
  const work = gate();
  const again = attempt.run(() => work.promise);
  expect(attempt.failure).toBeNull();
  work.resolve();
  expect(await again).toBe(true);
});

it('does nothing twice at a time', async () => {
  const attempt = new Attempt();
  const work = gate();
  let done = 0;
  const first = attempt.run(() => work.promise);
  const second = await attempt.run(async () => {
    done += 1;
  });
  expect(second).toBe(false);
  expect(done).toBe(0);
  expect(attempt.busy).toBe(true);
  work.resolve();
  expect(await first).toBe(true);
});
