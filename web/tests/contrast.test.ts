import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync('src/design/tokens.css', 'utf8');

/** The colours of one block, each light and dark. */
function colours(selector: string): Map<string, [string, string]> {
  const start = css.indexOf(`${selector} {`);
  const block = css.slice(start, css.indexOf('}', start));
  const found = [...block.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)];
  return new Map(found.map(([, name = '', light = '', dark = '']) => [name, [light, dark]]));
}

function luminance(hex: string): number {
  const part = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const TEXT = ['text-1', 'text-2', 'text-3', 'accent'];
const GROUNDS = ['surface-0', 'surface-1', 'surface-2', 'surface-3', 'hover', 'field'];
const PAIRS: [string, string][] = [
  ...TEXT.flatMap((text) => GROUNDS.map((ground): [string, string] => [text, ground])),
  ['text-1', 'accent-soft'],
  ['text-2', 'accent-soft'],
  ['text-3', 'accent-soft'],
  ['on-accent-soft', 'accent-soft'],
  ['on-accent', 'accent-fill'],
  ['on-accent', 'accent-fill-hover'],
  ['on-accent', 'bubble-mine'],
  ['on-accent-2', 'bubble-mine'],
  ['text-1', 'bubble-other'],
  ['text-3', 'bubble-other'],
  ['text-1', 'pressed'],
  ...['good', 'warn', 'bad'].flatMap((tone): [string, string][] => [
    [tone, `${tone}-soft`],
    [tone, 'surface-1'],
    [tone, 'surface-2'],
    ['text-1', `${tone}-soft`],
  ]),
];

const usual = colours(':root');
const strong = new Map([...usual, ...colours(":root[data-theme='contrast']")]);

describe.each([
  ['usual', usual, 4.5],
  ['high contrast', strong, 7],
] as const)('%s colours', (_, set, least) => {
  it.each(['light', 'dark'] as const)('can be read in the %s form', (form) => {
    const at = form === 'light' ? 0 : 1;
    const weak = PAIRS.map(([text, ground]) => {
      const [front, back] = [set.get(text)?.[at], set.get(ground)?.[at]];
      expect(front, text).toBeDefined();
      expect(back, ground).toBeDefined();
      return { pair: `${text} on ${ground}`, ratio: contrast(front ?? '#000000', back ?? '#000000') };
    }).filter(({ ratio }) => ratio < least);
    expect(weak).toEqual([]);
  });
});
