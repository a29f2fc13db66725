import { describe, expect, it } from 'vitest';
import { asCode, asText } from './reading';

describe('a safety number', () => {
  it('is copied in lines of four groups', () => {
    const groups = Array.from({ length: 12 }, (_, at) => String(10_000 + at));
    expect(asText(groups).split('\n')).toEqual([
      '10000 10001 10002 10003',
      '10004 10005 10006 10007',
      '10008 10009 10010 10011',
    ]);
  });

  it('is pasted with whatever stands around it', () => {
    expect(asCode(' “xchat:abc\u200Bdef\n012” \u2069')).toBe('xchat:abcdef012');
    expect(asCode('  ')).toBe('');
  });
});
