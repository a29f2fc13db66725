import { afterEach, expect, test } from 'vitest';
import { isShortcuts, isSlash } from './keys';

const pressed = (key: string, options: KeyboardEventInit = {}) => new KeyboardEvent('keydown', { key, ...options });

afterEach(() => document.body.replaceChildren());

test('the sheet of shortcuts comes by a question mark of either language, and by Ctrl and a slash', () => {
  expect(isShortcuts(pressed('?', { shiftKey: true }))).toBe(true);
  expect(isShortcuts(pressed('؟', { shiftKey: true }))).toBe(true);
  expect(isShortcuts(pressed('/', { ctrlKey: true, code: 'Slash' }))).toBe(true);
  for (const other of [pressed('/'), pressed('?', { altKey: true }), pressed('a')]) expect(isShortcuts(other)).toBe(false);
});

test('while something is written, signs belong to it', () => {
  const field = document.body.appendChild(document.createElement('textarea'));
  expect(isSlash(pressed('/'))).toBe(true);
  field.focus();
  expect(isSlash(pressed('/'))).toBe(false);
  expect(isShortcuts(pressed('?'))).toBe(false);
  expect(isShortcuts(pressed('/', { ctrlKey: true, code: 'Slash' }))).toBe(true);
  field.blur();
  const box = document.body.appendChild(document.createElement('input'));
  box.type = 'checkbox';
  box.focus();
  expect(isSlash(pressed('/'))).toBe(true);
});
