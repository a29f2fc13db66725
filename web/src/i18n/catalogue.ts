/** What a catalogue is: texts with `{holes}`, and plural texts by the language's own forms. */

export type Lang = 'en' | 'ar';

/** English has two forms, Arabic all six. */
export type Forms = {
  en: { one: string; other: string };
  ar: { zero: string; one: string; two: string; few: string; many: string; other: string };
};

export type Text<L extends Lang> = string | Forms[L];

/** The catalogue of another language: the same keys, plural where English is plural. */
export type Twin<C, L extends Lang> = { [K in keyof C]: C[K] extends string ? string : Forms[L] };

type HolesIn<S> = S extends `${string}{${infer Hole}}${infer Rest}` ? Hole | HolesIn<Rest> : never;
type Holes<T> = T extends string ? HolesIn<T> : T extends { other: infer O } ? HolesIn<O> | 'count' : never;

/** What a text wants to be filled with. */
export type Filling<T> = [Holes<T>] extends [never]
  ? []
  : [filling: { [H in Holes<T>]: H extends 'count' ? number : string | number }];

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/** A text that keeps its own direction and can't turn that of what is around it. */
export function isolate(text: string): string {
  return `${FIRST_STRONG_ISOLATE}${text}${POP_ISOLATE}`;
}

/** Fills the holes. What is filled in keeps its own direction and can't turn that of the sentence. */
export function fill(
  text: string,
  filling: Record<string, string | number>,
  number: (value: number) => string,
): string {
  return text.replace(/(@?)\{(\w+)\}/g, (hole, at: string, key: string) => {
    const value = filling[key];
    if (value === undefined) return hole;
    return typeof value === 'number'
      ? at + number(value)
      : isolate(`${at}${value}`);
  });
}

/** The form of a plural text for a count. */
export function pluralForm<L extends Lang>(forms: Forms[L], rules: Intl.PluralRules, count: number): string {
  const byName: Partial<Record<Intl.LDMLPluralRule, string>> = forms;
  return byName[rules.select(count)] ?? forms.other;
}
