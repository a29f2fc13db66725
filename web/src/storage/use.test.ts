import { expect, it } from 'vitest';
import { byChat } from './use';

it('adds up what files take, the largest chat first', () => {
  const use = (conversation: number, kind: 'photo' | 'gif' | 'video', mine: boolean, bytes: number) => ({
    conversation,
    kind,
    mine,
    files: 1,
    bytes,
  });
  expect(byChat([use(1, 'photo', false, 5), use(1, 'gif', true, 2), use(2, 'video', false, 9)])).toEqual([
    { conversation: 2, bytes: 9, mine: 0, sorts: { films: 9 } },
    { conversation: 1, bytes: 7, mine: 2, sorts: { photos: 7 } },
  ]);
  expect(byChat([])).toEqual([]);
});
