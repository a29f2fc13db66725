/** What a camera sees: a QR code as a film, for a browser that takes a file for its camera. */

import { writeFile } from 'node:fs/promises';

const WIDTH = 640;
const HEIGHT = 480;
/** Light dots around a code, without which no reader knows it. */
const QUIET = 4;
const DARK = 16;
const LIGHT = 235;
const FRAMES = 8;

/** Writes a film (YUV4MPEG2, 4:2:0) of a code that is given as the API gives it. */
export async function film(path, { size, rows }) {
  const dot = Math.floor(HEIGHT / (size + 2 * QUIET));
  const left = Math.floor((WIDTH - size * dot) / 2);
  const top = Math.floor((HEIGHT - size * dot) / 2);
  const light = Buffer.alloc(WIDTH * HEIGHT, LIGHT);
  for (const [y, row] of rows.entries()) {
    for (const [x, bit] of [...row].entries()) {
      if (bit !== '1') continue;
      for (let line = top + y * dot; line < top + (y + 1) * dot; line += 1) {
        light.fill(DARK, line * WIDTH + left + x * dot, line * WIDTH + left + (x + 1) * dot);
      }
    }
  }
  const grey = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), light, grey]);
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  await writeFile(path, Buffer.concat([head, ...Array.from({ length: FRAMES }, () => frame)]));
}

/** What a browser is told to have such a camera, and nobody asked whether the page may use it. */
export function cameraOf(path) {
  return [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-video-capture=${path}`,
  ];
}
