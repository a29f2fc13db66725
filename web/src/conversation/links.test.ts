import { describe, expect, it } from 'vitest';
import { type Link, linkAt } from './links';
import { spans } from './markdown';

type Piece = { kind: 'text'; text: string } | Link;

/** A text as plain pieces and links. */
function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let plain = '';
  for (let at = 0; at < text.length; ) {
    const link = linkAt(text, at);
    if (link !== null && plain !== '') found.push({ kind: 'text', text: plain });
    if (link !== null) found.push(link.link);
    plain = link !== null ? '' : plain + (text[at] ?? '');
    at += link?.length ?? 1;
  }
  return plain === '' && found.length > 0 ? found : [...found, { kind: 'text', text: plain }];
}

const links = (text: string) => pieces(text).filter((piece) => piece.kind === 'link');
const whole = (text: string) =>
  pieces(text)
    .map((piece) => piece.text)
    .join('');

describe('links', () => {
  it('are http and https, and nothing else', () => {
    expect(links('https://example.org and http://example.org/x?y=1#z').map((link) => link.href)).toEqual([
      'https://example.org/',
      'http://example.org/x?y=1#z',
    ]);
    for (const text of [
      'javascript:alert(1)',
      'JaVaScRiPt://%0aalert(1)',
      'data:text/html,<script>alert(1)</script>',
      'vbscript:x file:///etc/passwd blob:https:x',
      'java\nscript:https',
      'https://',
      'http:///x',
      'xhttps://example.org',
      '<img src=x onerror=alert(1)>',
    ]) {
      expect(
        links(text).map((link) => link.href),
        text,
      ).toEqual([]);
    }
  });

  it('never open another scheme, whatever stands around them', () => {
    for (const text of [
      'javascript:https://a.example/%0aalert(1)',
      'https://a.example/javascript:alert(1)',
    ]) {
      for (const link of links(text)) expect(link.href).toMatch(/^https:\/\/a\.example\//);
    }
  });

  it('leave the sentence its full stop and brackets', () => {
    expect(links('See (https://example.org/a_(b)).').map((link) => link.text)).toEqual([
      'https://example.org/a_(b)',
    ]);
    expect(links('انظر https://example.org/x؟ نعم').map((link) => link.text)).toEqual([
      'https://example.org/x',
    ]);
    expect(links('https://example.org!!!').map((link) => link.text)).toEqual(['https://example.org']);
  });

  it('are doubted when the host is not what it seems', () => {
    const [cyrillic] = links('https://аpple.com/login');
    expect(cyrillic).toMatchObject({ doubtful: true, host: 'xn--pple-43d.com' });
    expect(links('https://xn--pple-43d.com')[0]).toMatchObject({ doubtful: true });
    expect(links('https://bank.example@evil.example/')[0]).toMatchObject({
      doubtful: true,
      host: 'evil.example',
    });
    expect(links('http://0x7f.1/')[0]).toMatchObject({ doubtful: true, host: '127.0.0.1' });
    expect(links('HTTPS://Example.ORG/')[0]).toMatchObject({ doubtful: false, host: 'example.org' });
  });

  it('end where something unseen begins', () => {
    expect(links('https://example.org/\u202Egpj.exe')[0]).toMatchObject({ text: 'https://example.org/' });
    expect(links('https://exa\u200Bmple.org')[0]).toMatchObject({ host: 'exa' });
    expect(links('https://\u2066example.org')).toEqual([]);
  });

  it('lose no letter of the text', () => {
    for (const text of [
      '',
      'a',
      'x https://example.org. y',
      'https://a.example https://b.example',
      `https://example.org/${'a'.repeat(3_000)}`,
    ]) {
      expect(whole(text)).toBe(text);
    }
  });

  it('are found quickly in a hostile text', () => {
    const texts = [
      'https://'.repeat(8_192),
      `https://a${'.'.repeat(65_000)}`,
      `https://a/${'('.repeat(32_000)}${')'.repeat(32_000)}`,
      'https://a.example '.repeat(3_600),
    ];
    for (const text of texts) expect(whole(text)).toBe(text);
    const many = spans('https://a.example '.repeat(3_600));
    expect(many.filter((span) => span.kind === 'link').length).toBe(100);
  });
});
