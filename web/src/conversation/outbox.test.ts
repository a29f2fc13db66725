import { describe, expect, it } from 'vitest';
import { Outbox } from './outbox';

function bench() {
  const posted: string[] = [];
  const back: string[] = [];
  const answers: ((taken: boolean) => void)[] = [];
  const outbox = new Outbox(
    ({ text }: { text: string }) => {
      posted.push(text);
      return new Promise((resolve, reject) =>
        answers.push((taken) => (taken ? resolve() : reject(new Error('full')))),
      );
    },
    (what, why) => back.push(what.map((one) => one.text).join('\n'), String(why)),
  );
  const answer = async (taken: boolean) => {
    answers.shift()?.(taken);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { outbox, posted, back, answer };
}

describe('what was sent', () => {
  it('goes out one after the other', async () => {
    const { outbox, posted, back, answer } = bench();
    outbox.send({ text: 'one' });
    outbox.send({ text: 'two' });
    expect(posted).toEqual(['one']);
    await answer(true);
    expect(posted).toEqual(['one', 'two']);
    await answer(true);
    outbox.send({ text: 'three' });
    expect(posted).toEqual(['one', 'two', 'three']);
    expect(back).toEqual([]);
  });

  it('comes back whole and in order when it is not taken', async () => {
    const { outbox, posted, back, answer } = bench();
    outbox.send({ text: 'one' });
    outbox.send({ text: 'two' });
    await answer(false);
    expect(posted).toEqual(['one']);
    expect(back).toEqual(['one\ntwo', 'Error: full']);
    outbox.send({ text: 'again' });
    expect(posted).toEqual(['one', 'again']);
  });
});
