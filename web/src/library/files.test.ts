import { describe, expect, it } from 'vitest';
import { isLikely, tagsOf } from './files';

describe('tags', () => {
  it('are what stands between commas, each once', () => {
    expect(tagsOf(' party , blue   cat,,party')).toEqual(['party', 'blue cat']);
    expect(tagsOf('قطة، حفلة؛ 🎉')).toEqual(['قطة', 'حفلة', '🎉']);
    expect(tagsOf('  ')).toEqual([]);
  });
});

describe('files of a folder', () => {
  it('are looked at when their name may be that of a picture', () => {
    for (const name of ['a.gif', 'b.WEBP', 'c.jpeg', 'قطة.png']) expect(isLikely({ name, size: 5 }), name).toBe(true);
    for (const name of ['a.mp4', 'gif', '.gif.txt', 'b.svg']) expect(isLikely({ name, size: 5 }), name).toBe(false);
    expect(isLikely({ name: 'a.gif', size: 70_000_000 })).toBe(false);
  });
});
