/**
 * What the built page weighs, compressed: what is loaded at the start, and each part that is loaded when it is wanted.
 * Fails when the start has outgrown its limit.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** In kilobytes. */
export const LIMIT = 100;
const FOLDER = fileURLToPath(new URL('../crates/app/page', import.meta.url));
/** One of them is loaded at the start: that of the language in use. */
const CATALOGUE = /^(en|ar)-[^.]*\.js$/;

/** The parts of the page and what each weighs, in kilobytes. The catalogue that counts for the start is the larger one. */
export async function sizes() {
  const index = await readFile(join(FOLDER, 'index.html'));
  const names = await readdir(join(FOLDER, 'assets'));
  const weigh = (content) => gzipSync(content, { level: 9 }).length / 1000;
  const parts = await Promise.all(
    names.map(async (name) => ({
      name,
      size: weigh(await readFile(join(FOLDER, 'assets', name))),
      initial: index.includes(`/assets/${name}`),
    })),
  );
  parts.push({ name: 'index.html', size: weigh(index), initial: true });
  const catalogues = parts.filter(({ name }) => CATALOGUE.test(name)).sort((a, b) => b.size - a.size);
  if (catalogues.length !== 2) throw new Error('there is not one file for each language');
  catalogues[0].initial = true;
  const total = (wanted) => parts.filter(wanted).reduce((sum, { size }) => sum + size, 0);
  return {
    parts: parts.sort((a, b) => Number(b.initial) - Number(a.initial) || b.size - a.size),
    initial: total(({ initial }) => initial),
    all: total(() => true),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { parts, initial, all } = await sizes();
  for (const part of parts) console.log(`${part.size.toFixed(1).padStart(8)} kB  ${part.initial ? 'start' : '     '}  ${part.name}`);
  console.log(`${initial.toFixed(1).padStart(8)} kB  at the start (limit ${LIMIT})\n${all.toFixed(1).padStart(8)} kB  in all`);
  if (initial >= LIMIT) process.exitCode = 1;
}
