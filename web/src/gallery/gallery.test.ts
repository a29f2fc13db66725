import { describe, expect, test } from 'vitest';
import type { Message } from '../api/types';
import { months } from './gallery.svelte';

const at = (row: number, day: string) => ({ row, sent_ms: new Date(`${day}T12:00:00`).getTime() }) as Message;

describe('the months of a gallery', () => {
  test('each stands once, in the order of the messages', () => {
    const list = [at(4, '2026-11-02'), at(3, '2026-11-01'), at(2, '2026-10-31'), at(1, '2025-10-31')];
    expect(months(list).map(([, found]) => found.map((one) => one.row))).toEqual([[4, 3], [2], [1]]);
    expect(months([])).toEqual([]);
  });
});
