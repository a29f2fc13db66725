/** Marks words in what is drawn, without touching it: what was searched, where one has been led to. */

const NAME = 'found';

/** Marks each place of the words in an element, instead of what was marked before. */
export function markWords(element: Element | null | undefined, words: readonly string[]): void {
  if (!('highlights' in CSS)) return;
  CSS.highlights.delete(NAME);
  const text = element?.querySelector('.text');
  if (text === null || text === undefined || words.length === 0) return;
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
    for (const [from, to] of placesOf(node.nodeValue ?? '', words)) {
      const range = document.createRange();
      range.setStart(node, from);
      range.setEnd(node, to);
      ranges.push(range);
    }
  CSS.highlights.set(NAME, new Highlight(...ranges));
}

/** Where the words stand in a text, as they were written. */
export function placesOf(text: string, words: readonly string[]): [number, number][] {
  const places: [number, number][] = [];
  for (const word of words) {
    if (word === '') continue;
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length))
      places.push([at, at + word.length]);
  }
  return places;
}
