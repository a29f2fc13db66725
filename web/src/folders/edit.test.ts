import { describe, expect, it } from 'vitest';
import { added, faultOf, moved, removed, renamed, restored, sorted } from './edit';

const family = { name: 'Family', conversations: [1, 2] };
const work = { name: 'Work', conversations: [3] };
const list = [family, work];

describe('folders', () => {
  it('have names that tell them apart', () => {
    expect(faultOf(list, '  ', null)).toBe('empty');
    expect(faultOf(list, ' Work ', null)).toBe('taken');
    expect(faultOf(list, 'Work', 'Work')).toBeNull();
    expect(faultOf(list, 'ع'.repeat(33), null)).toBe('long');
    expect(faultOf(list, 'ع'.repeat(32), null)).toBeNull();
  });

  it('are made, named anew and deleted', () => {
    expect(added(list, 'New', [7])[2]).toEqual({ name: 'New', conversations: [7] });
    expect(renamed(list, 'Work', 'Job')).toEqual([family, { name: 'Job', conversations: [3] }]);
    expect(removed(list, 'Family')).toEqual([work]);
  });

  it('come back where they stood, once', () => {
    expect(restored([work], family, 0)).toEqual(list);
    expect(restored(list, family, 0)).toEqual(list);
  });

  it('move by one place and not past the ends', () => {
    expect(moved(list, 'Work', -1)).toEqual([work, family]);
    expect(moved(list, 'Work', 1)).toEqual(list);
    expect(moved(list, 'Gone', 1)).toEqual(list);
  });

  it('have a chat when they are chosen for it', () => {
    expect(sorted(list, 1, new Set(['Work']))).toEqual([
      { name: 'Family', conversations: [2] },
      { name: 'Work', conversations: [3, 1] },
    ]);
    expect(sorted(list, 1, new Set(['Family']))).toEqual(list);
  });
});
