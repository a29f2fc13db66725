/** BLAKE3 of little: what makes a network's file whole. One chunk of at most 1024 bytes, in the mode that derives keys. */

const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const ORDER = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
const [START, END, ROOT, CONTEXT, MATERIAL] = [1, 2, 8, 32, 64];
const ROUNDS = 7;
const BLOCK = 64;

const turned = (word, by) => (word >>> by) | (word << (32 - by));

function mix(state, [a, b, c, d], x, y) {
  state[a] = (state[a] + state[b] + x) | 0;
  state[d] = turned(state[d] ^ state[a], 16);
  state[c] = (state[c] + state[d]) | 0;
  state[b] = turned(state[b] ^ state[c], 12);
  state[a] = (state[a] + state[b] + y) | 0;
  state[d] = turned(state[d] ^ state[a], 8);
  state[c] = (state[c] + state[d]) | 0;
  state[b] = turned(state[b] ^ state[c], 7);
}

const COLUMNS = [0, 1, 2, 3].map((at) => [at, at + 4, at + 8, at + 12]);
const DIAGONALS = [0, 1, 2, 3].map((at) => [at, ((at + 1) % 4) + 4, ((at + 2) % 4) + 8, ((at + 3) % 4) + 12]);

function compress(chain, words, length, flags) {
  const state = [...chain, ...IV.slice(0, 4), 0, 0, length, flags];
  let message = words;
  for (let round = 0; round < ROUNDS; round += 1) {
    [...COLUMNS, ...DIAGONALS].forEach((four, at) => mix(state, four, message[2 * at], message[2 * at + 1]));
    message = ORDER.map((at) => message[at]);
  }
  return chain.map((_, at) => state[at] ^ state[at + 8]);
}

function chunk(bytes, key, mode) {
  if (bytes.length > 1024) throw new Error('longer than a chunk');
  const blocks = Math.max(1, Math.ceil(bytes.length / BLOCK));
  let chain = key;
  for (let at = 0; at < blocks; at += 1) {
    const block = Buffer.alloc(BLOCK);
    const length = bytes.copy(block, 0, at * BLOCK);
    const words = Array.from({ length: 16 }, (_, word) => block.readInt32LE(word * 4));
    const flags = mode | (at === 0 ? START : 0) | (at === blocks - 1 ? END | ROOT : 0);
    chain = compress(chain, words, length, flags);
  }
  return chain;
}

/** The hash of some bytes for one use. */
export function derive(context, bytes) {
  const key = chunk(Buffer.from(context), IV, CONTEXT);
  const out = Buffer.alloc(32);
  chunk(bytes, key, MATERIAL).forEach((word, at) => out.writeInt32LE(word, at * 4));
  return out;
}
