import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fill, type Forms, pluralForm } from '../src/i18n/catalogue';
import { ar as arFirst } from '../src/i18n/ar';
import { en as enFirst } from '../src/i18n/en';
import { choose, i18n } from '../src/i18n/i18n.svelte';
import { late as arLate } from '../src/i18n/late-ar';
import { late as enLate } from '../src/i18n/late-en';

const en = { ...enFirst, ...enLate };
const ar = { ...arFirst, ...arLate };

const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((hole) => hole[1]).sort();

describe('catalogues', () => {
  it('say nothing twice', () => {
    expect(Object.keys(enFirst).filter((key) => key in enLate)).toEqual([]);
  });

  it('have the same keys', () => {
    expect(Object.keys(ar).sort()).toEqual(Object.keys(en).sort());
  });

  it('have the same holes, whatever the word order', () => {
    for (const [key, text] of Object.entries(en)) {
      const other = ar[key as keyof typeof ar];
      if (typeof text === 'string' && typeof other === 'string') {
        expect(holes(other), key).toEqual(holes(text));
      }
    }
  });

  it('have every form of every plural, and its count where the word does not say it', () => {
    const forms = ['zero', 'one', 'two', 'few', 'many', 'other'];
    for (const [key, text] of Object.entries(ar)) {
      if (typeof text === 'string') continue;
      expect(Object.keys(text), key).toEqual(forms);
      for (const form of ['few', 'many', 'other'] as const) expect(text[form], key).toContain('{count}');
    }
  });

  it('leave nothing empty', () => {
    for (const text of [...Object.values(en), ...Object.values(ar)]) {
      for (const one of typeof text === 'string' ? [text] : Object.values(text)) {
        expect(one.trim()).not.toBe('');
      }
    }
  });
});

describe('plurals', () => {
  it('take the form of the language', () => {
    const rules = new Intl.PluralRules('ar');
    const forms: Forms['ar'] = { zero: '0', one: '1', two: '2', few: 'few', many: 'many', other: 'other' };
    const taken = [0, 1, 2, 3, 10, 11, 99, 100, 103].map((count) => pluralForm<'ar'>(forms, rules, count));
    expect(taken).toEqual(['0', '1', '2', 'few', 'few', 'many', 'many', 'other', 'few']);
  });
});

describe('filling', () => {
  const number = (value: number) => `<${value}>`;

  it('keeps a name and its @ from turning the sentence', () => {
    expect(fill('الاسم @{name} متاح', { name: 'mira' }, number)).toBe('الاسم \u2068@mira\u2069 متاح');
  });

  it('writes numbers as the language does', () => {
    expect(fill('{count} of 24', { count: 3 }, number)).toBe('<3> of 24');
  });

  it('does not fill what was filled in', () => {
    expect(fill('{text}', { text: '{name}', name: 'x' }, number)).toBe('\u2068{name}\u2069');
  });
});

describe('the language', () => {
  it('changes together with its texts, and the last choice counts', async () => {
    const arabic = i18n.set('ar');
    expect([i18n.lang, i18n.t('cancel')]).toEqual(['en', en.cancel]);
    await arabic;
    expect([i18n.lang, i18n.dir, i18n.t('cancel')]).toEqual(['ar', 'rtl', ar.cancel]);
    await Promise.all([i18n.set('ar'), i18n.set('en')]);
    expect([i18n.lang, i18n.t('cancel')]).toEqual(['en', en.cancel]);
    expect(localStorage.getItem('xchat-lang')).toBe('en');
    await i18n.set(null);
    expect(localStorage.getItem('xchat-lang')).toBeNull();
  });

  it('is the first wish that is there, with its region', () => {
    expect(choose(['de-DE', 'ar-EG', 'en'], null)).toEqual({ lang: 'ar', locale: 'ar-EG' });
  });

  it('is the person’s choice before the browser’s', () => {
    expect(choose(['ar-EG', 'en-GB'], 'en')).toEqual({ lang: 'en', locale: 'en-GB' });
  });

  it('is English when nothing fits', () => {
    expect(choose(['de'], null)).toEqual({ lang: 'en', locale: 'en' });
    expect(choose([], 'xx')).toEqual({ lang: 'en', locale: 'en' });
  });
});

/** Failures of commands, operators and other programs, which this page never asks for. */
const ELSEWHERE = new Set([
  'account-exists',
  'bad-network-file',
  'damaged-file',
  'directory-stopped',
  'file-exists',
  'foreign-host',
  'foreign-origin',
  'input-ended',
  'malformed-answers',
  'malformed-operator',
  'never-run',
  'no-entropy',
  'no-home',
  'no-operator-key',
  'not-a-validator',
  'not-a-vote',
  'not-confirmed',
  'not-needed',
  'not-proved',
  'not-running',
  'old-version',
  'operator-twice',
  'out-of-scope',
  'owner-only',
  'passphrase-needed',
  'profile-already-there',
  'profile-not-there',
  'rejected',
  'to-whom',
  'too-many-tokens',
  'undecided',
  'unknown-ballot',
  'unknown-code',
  'unknown-path',
  'unknown-token',
  'unknown-validator',
  'usage',
  'waiting',
]);

describe('the catalogue', () => {
  it('has no text that nothing shows', () => {
    const files = import.meta.glob<string>(['../src/**/*.{svelte,ts}', '!**/*.test.ts'], {
      eager: true,
      query: '?raw',
      import: 'default',
    });
    const sources = Object.values(files).join('\n');
    // Texts of failures are found by their codes.
    const unused = Object.keys(en).filter((key) => !key.startsWith('f_') && !sources.includes(`'${key}'`));
    expect(Object.keys(files).length).toBeGreaterThan(50);
    expect(unused).toEqual([]);
  });

  it('has all that is said before a part is fetched among the first texts', () => {
    const files = import.meta.glob<string>(['../src/**/*.{svelte,ts}', '!**/*.test.ts'], {
      eager: true,
      query: '?raw',
      import: 'default',
    });
    const at = (from: string, to: string) => {
      const { pathname } = new URL(to, `file:///web/tests/${from}`);
      const base = `..${pathname.slice('/web'.length)}`;
      return [base, `${base}.ts`].find((one) => one in files);
    };
    const seen = new Set(['../src/main.ts']);
    for (const file of seen) {
      // The parts are fetched with all texts; the catalogues are those texts.
      const link = /^(?:import|export)\b[^;]*?from '([^']+)'|\bimport\('([^']+)'\)/gmu;
      const text = (files[file] ?? '').replace(/^ +(?=import )/gmu, '');
      for (const [found, still, moving] of text.matchAll(link)) {
        if (found.startsWith('import type') || (moving !== undefined && /parts\.ts|i18n\.svelte/.test(file))) continue;
        const target = at(file, still ?? moving ?? '');
        if (target !== undefined) seen.add(target);
      }
    }
    const first = [...seen].map((file) => files[file]).join('\n');
    expect(first).toContain("t('list_label')");
    expect(Object.keys(enLate).filter((key) => first.includes(`'${key}'`))).toEqual([]);
  });

  it('has words for every failure that the page can meet', () => {
    const sorts = readFileSync(resolve('../crates/app/src/host/failures/tests.rs'), 'utf8');
    const table = sorts.split('const SORTS')[1]?.split('\n];')[0] ?? '';
    const codes = [...table.matchAll(/"([a-z-]+)"/g)].map((found) => found[1] ?? '');
    expect(codes.length).toBeGreaterThan(90);
    const wordless = codes.filter((code) => !(`f_${code.replaceAll('-', '_')}` in en) && !ELSEWHERE.has(code));
    expect(wordless).toEqual([]);
    expect([...ELSEWHERE].filter((code) => !codes.includes(code))).toEqual([]);
  });
});
