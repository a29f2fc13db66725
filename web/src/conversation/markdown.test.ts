import { describe, expect, it } from 'vitest';
import { type Block, blocks, type Span, spans, wordsOf } from './markdown';

const text = (value: string): Span => ({ kind: 'text', text: value });
const bold = (...children: Span[]): Span => ({ kind: 'bold', children });
const italic = (...children: Span[]): Span => ({ kind: 'italic', children });

describe('a run of text', () => {
  it('knows its few styles, and styles within styles', () => {
    expect(spans('a **b** c')).toEqual([text('a '), bold(text('b')), text(' c')]);
    expect(spans('_b_ and *c*')).toEqual([italic(text('b')), text(' and '), italic(text('c'))]);
    expect(spans('~~gone~~')).toEqual([{ kind: 'strike', children: [text('gone')] }]);
    expect(spans('||who did it||')).toEqual([{ kind: 'spoiler', children: [text('who did it')] }]);
    expect(spans('**a *b* c**')).toEqual([bold(text('a '), italic(text('b')), text(' c'))]);
  });

  it('leaves what is no markup as it was typed', () => {
    for (const plain of [
      '2*3*4 = 24',
      'snake_case_name',
      '5 * 3 and 4 * 2',
      '** not bold **',
      '**',
      '****',
      'a ** b',
      '*open',
      'shrug ¯_(ツ)_/¯',
      '`open',
      '[text](javascript:alert(1))',
      '[text](data:text/html,x)',
      '<b>no</b>',
      'a || b',
      '# title',
    ])
      expect(spans(plain), plain).toEqual([text(plain)]);
  });

  it('has markup within words where scripts have no spaces', () => {
    expect(spans('这是**重要**的')).toEqual([text('这是'), bold(text('重要')), text('的')]);
    expect(spans('هذا **مهم** جدًا')).toEqual([text('هذا '), bold(text('مهم')), text(' جدًا')]);
  });

  it('keeps code letter by letter', () => {
    expect(spans('run `rm *a* _b_` now')).toEqual([text('run '), { kind: 'code', text: 'rm *a* _b_' }, text(' now')]);
    expect(spans('``a ` b``')).toEqual([{ kind: 'code', text: 'a ` b' }]);
  });

  it('takes a backslash for what is meant as it stands', () => {
    expect(spans('\\*not italic\\*')).toEqual([text('*not italic*')]);
  });

  it('leaves addresses whole', () => {
    const [link] = spans('https://example.org/a_b_c*d*e');
    expect(link).toMatchObject({ kind: 'link', href: 'https://example.org/a_b_c*d*e', doubtful: false });
  });

  it('says where an address leads that stands behind other words', () => {
    const [link] = spans('[my bank](https://example.org/)');
    expect(link).toMatchObject({ kind: 'link', text: 'my bank', host: 'example.org', doubtful: true });
    expect(spans('[https://bank.example/](https://evil.example/)')[0]).toMatchObject({ doubtful: true });
  });
});

describe('a name', () => {
  const mention = (name: string): Span => ({ kind: 'mention', name, text: `@${name}` });

  it('is mentioned where it stands for itself', () => {
    expect(spans('ask @alice, or @bob_2.')).toEqual([
      text('ask '),
      mention('alice'),
      text(', or '),
      mention('bob_2'),
      text('.'),
    ]);
    expect(spans('(@alice) **@bob**')).toEqual([text('('), mention('alice'), text(') '), bold(mention('bob'))]);
    expect(spans('مرحبا @noor')).toEqual([text('مرحبا '), mention('noor')]);
    expect(wordsOf('ask @alice')).toBe('ask @alice');
  });

  it('is not in an address, in code, or in what is no name', () => {
    for (const plain of ['a@alice.example', '@al', '@Alice', '@alice@example.org', '@alice.example', '\\@alice', '@@alice'])
      expect(spans(plain).some((span) => span.kind === 'mention'), plain).toBe(false);
    expect(spans('`@alice`')).toEqual([{ kind: 'code', text: '@alice' }]);
    expect(spans('@alice '.repeat(500)).filter((span) => span.kind === 'mention').length).toBeLessThanOrEqual(100);
  });
});

describe('a message', () => {
  it('is made of paragraphs, lists, quotes and code', () => {
    const message = 'before\n- one\n- **two**\n\n> said\n> so\n```rust\nlet a = *b;\n```\n3. three\n4. four';
    expect(blocks(message).map((block) => block.kind)).toEqual(['paragraph', 'list', 'quote', 'code', 'list']);
    const [, list, quote, code, numbers] = blocks(message) as [Block, Block, Block, Block, Block];
    expect(list).toMatchObject({ start: null, items: [[text('one')], [bold(text('two'))]] });
    expect(quote).toMatchObject({ spans: [text('said\nso')] });
    expect(code).toMatchObject({ text: 'let a = *b;' });
    expect(numbers).toMatchObject({ start: 3 });
  });

  it('with an open fence is text', () => {
    expect(blocks('```\nno end')).toEqual([{ kind: 'paragraph', spans: spans('```\nno end') }]);
  });

  it('has no words of a spoiler in its one line', () => {
    expect(wordsOf('it was **not** ||the butler||')).toBe('it was not ▒▒▒');
  });
});

/** All letters of a tree. */
function letters(list: readonly Span[]): string {
  return list.map((span) => ('children' in span ? letters(span.children) : span.text)).join('');
}

it('loses nothing but marks, and makes nothing up, whatever comes', () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  const alphabet = ['*', '**', '_', '__', '~~', '||', '`', '```', '\n', '> ', '- ', '1. ', 'a', 'ب', '字', ' ', '[x](', ')', '\\', 'https://a.b/'];
  for (let round = 0; round < 3000; round += 1) {
    const message = Array.from({ length: random(24) }, () => alphabet[random(alphabet.length)]).join('');
    const shown = blocks(message)
      .map((block) => {
        if (block.kind === 'code') return block.text;
        return block.kind === 'list' ? block.items.map(letters).join('') : letters(block.spans);
      })
      .join('');
    const bare = (value: string) => value.replace(/[^aب字]/g, '');
    expect(bare(shown).length, message).toBeLessThanOrEqual(bare(message).length);
    for (const letter of 'ب字') expect(shown.split(letter).length, message).toBe(message.split(letter).length);
  }
});

describe('messages that mean harm', () => {
  // Four times the longest there can be: whoever passes over all of it for each of its parts doesn't come to an end here.
  const long = 4 * 65_536;
  const of = (sign: string) => sign.repeat(Math.floor(long / sign.length));
  const brackets = (sign: string) => of(`https://a.b/${sign.repeat(2_030)} `);
  const signs = ['*a ', '**', '`', '``a', '_a_b', '||x', '[x](https://a', '> ', '- a\n', '```\n', '```a\n', 'https://a.b/ ', 'https://a'];
  it.each([...signs.map(of), brackets(')'), brackets(']'), `x${'\n'.repeat(long - 2)}x`])('are read (%#)', (message) => {
    expect(blocks(message).length).toBeGreaterThan(0);
  });
});
