import { expect, it } from 'vitest';
import { offsets } from './zone';

it('tells since when clocks showed what', () => {
  const summer = Date.UTC(2020, 2, 29);
  const winter = Date.UTC(2020, 9, 25);
  const found = offsets(Date.UTC(2021, 0, 1), (ms) => (ms >= summer && ms < winter ? 120 : 60));
  expect(found).toEqual([
    { since_ms: Date.UTC(2006, 0, 1), minutes: 60 },
    { since_ms: summer, minutes: 120 },
    { since_ms: winter, minutes: 60 },
  ]);
});
