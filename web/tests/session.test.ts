import { afterEach, describe, expect, it } from 'vitest';
import { codeIn, takeCode } from '../src/api/session';
import { pauseAfter } from '../src/api/events';

describe('a code', () => {
  it('is found in an address, a fragment, or by itself', () => {
    for (const text of ['http://127.0.0.1:7400/#abcdefgh12', '#abcdefgh12', ' abcdefgh12 ']) {
      expect(codeIn(text), text).toBe('abcdefgh12');
    }
  });

  it('is not found in anything else', () => {
    for (const text of ['', '#', 'http://127.0.0.1:7400/', 'two words', '#<script>']) {
      expect(codeIn(text), text).toBeNull();
    }
  });
});

describe('taking the code', () => {
  afterEach(() => history.replaceState(null, '', '/'));

  it('leaves no trace of it in the address, and keeps where one is', () => {
    history.replaceState({ at: 'settings' }, '', '/#abcdefgh12');
    expect(takeCode(location, history)).toBe('abcdefgh12');
    expect(location.href).not.toContain('#');
    expect(history.state).toEqual({ at: 'settings' });
  });

  it('removes what is no code, too', () => {
    history.replaceState(null, '', '/#no%20code');
    expect(takeCode(location, history)).toBeNull();
    expect(location.hash).toBe('');
  });
});

describe('coming back', () => {
  it('waits longer each time, and never longer than ten seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 50].map(pauseAfter)).toEqual([500, 1000, 2000, 4000, 8000, 10000, 10000]);
  });
});
