import { expect, it } from 'vitest';
import { standing } from './standing';

it('says what has changed, and of an unknown change the worst that can be said', () => {
  const title = (...of: Parameters<typeof standing>) => standing(...of).title;
  expect(title('none', null)).toBe('safety_none');
  expect(title('verified', null)).toBe('safety_verified');
  expect(title('changed', 'device')).toBe('safety_changed_device');
  expect(title('changed', 'account')).toBe('safety_changed_account');
  expect(title('changed', 'identity-key')).toBe('safety_changed');
  expect(title('changed', null)).toBe('safety_changed');
});
