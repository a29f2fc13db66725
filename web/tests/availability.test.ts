import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NameLookup } from '../src/api/types';
import { type Answer, Availability, malformed, normalise, PAUSE_MS } from '../src/state/availability';

type Question = { name: string; answer: (standing: NameLookup['standing']) => void; fail: () => void };

describe('the form of a name', () => {
  it('is told before anybody is asked', () => {
    expect(['', 'ab', 'a-b', 'ö', 'a'.repeat(33), 'mira_7'].map(malformed)).toEqual([
      'empty',
      'short',
      'letters',
      'letters',
      'long',
      null,
    ]);
  });

  it('is taken as people write it', () => {
    expect(normalise(' @Mira ')).toBe('mira');
  });
});

describe('availability', () => {
  let asked: Question[];
  let told: Answer[];
  let availability: Availability;

  beforeEach(() => {
    vi.useFakeTimers();
    asked = [];
    told = [];
    availability = new Availability(
      (name) =>
        new Promise((resolve, reject) => {
          asked.push({ name, answer: (standing) => resolve({ name, standing, similar: null, until_ms: null }), fail: () => reject(new Error()) });
        }),
      (answer) => told.push(answer),
    );
  });

  afterEach(() => vi.useRealTimers());

  it('asks once typing pauses, for the last name only', async () => {
    for (const text of ['mir', 'mira', 'mira_']) availability.ask(text);
    await vi.advanceTimersByTimeAsync(PAUSE_MS - 1);
    expect(asked).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked.map((one) => one.name)).toEqual(['mira_']);
  });

  it('drops an answer that is overtaken', async () => {
    availability.ask('mira');
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    availability.ask('omar');
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    asked[1]?.answer('taken');
    asked[0]?.answer('free');
    await vi.advanceTimersByTimeAsync(0);
    expect(told.at(-1)).toBe('taken');
    expect(told).not.toContain('free');
  });

  it('says so when the network can’t be asked', async () => {
    availability.ask('mira');
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    asked[0]?.fail();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['checking', 'unknown']);
  });

  it('asks nothing about a name that can’t be', async () => {
    availability.ask('no name');
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(asked).toHaveLength(0);
    expect(told).toEqual(['letters']);
  });
});
