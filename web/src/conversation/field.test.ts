import { expect, test } from 'vitest';
import { linked } from './field';

test('an address that is pasted over words becomes a link', () => {
  expect(linked('the news', 'https://example.org/a?b=c')).toBe('[the news](https://example.org/a?b=c)');
  expect(linked('الأخبار', ' https://example.org\n')).toBe('[الأخبار](https://example.org)');
  expect(linked('a place', 'https://example.org/Fez_(Morocco)')).toBe('[a place](https://example.org/Fez_%28Morocco%29)');
});

test('anything else is pasted as it is', () => {
  for (const [chosen, pasted] of [
    ['', 'https://example.org'],
    ['words', 'more words'],
    ['words', 'https://example.org and words'],
    ['words', 'javascript:alert(1)'],
    ['two\nlines', 'https://example.org'],
    ['a [note]', 'https://example.org'],
    ['https://old.example', 'https://example.org'],
  ] as const)
    expect(linked(chosen, pasted), `${chosen} and ${pasted}`).toBeNull();
});
