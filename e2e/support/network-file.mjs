/** A network's file with another fact in it than the program would write: what takes days there takes a minute here. */

import { readFile, writeFile } from 'node:fs/promises';

import { derive } from './blake3.mjs';

const MARK = 'xchat-network-file-2\n';
const CONTEXT = 'xchat v1 network file checksum';
const CHECKSUM_BYTES = 4;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** A day and a minute in milliseconds, as the file has them. */
const DAY = Buffer.from('1a05265c00', 'hex');
const MINUTE = Buffer.from('19ea60', 'hex');

/** Puts a minute where the file has a day, which must be one place. */
export async function hasten(file) {
  const text = await readFile(file, 'utf8');
  const from = text.indexOf(MARK) + MARK.length;
  const bytes = decode(text.slice(from).replace(/\s/g, ''));
  const body = bytes.subarray(0, -CHECKSUM_BYTES);
  if (!checksum(body).equals(bytes.subarray(-CHECKSUM_BYTES))) throw new Error('the file is read wrongly');
  const at = body.indexOf(DAY);
  if (at < 0 || body.indexOf(DAY, at + 1) >= 0) throw new Error('the file has not one day in it');
  const hastened = Buffer.concat([body.subarray(0, at), MINUTE, body.subarray(at + DAY.length)]);
  await writeFile(file, `${MARK}${encode(Buffer.concat([hastened, checksum(hastened)]))}\n`);
}

function checksum(body) {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(body.length));
  return derive(CONTEXT, Buffer.concat([length, body])).subarray(0, CHECKSUM_BYTES);
}

function decode(text) {
  const bits = [...text].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const whole = bits.match(/.{8}/g) ?? [];
  return Buffer.from(whole.map((byte) => Number.parseInt(byte, 2)));
}

function encode(bytes) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const fives = bits.match(/.{1,5}/g) ?? [];
  return fives.map((five) => LETTERS[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}
