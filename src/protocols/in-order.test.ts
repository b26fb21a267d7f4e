import { describe, expect, it } from 'vitest';
import type { CaptureTime } from '../base/units.ts';
import { Outcome, RequestFlag } from '../model/request.ts';
import { InOrder } from './in-order.ts';

/** A conversation of an InOrder: what it emitted, by name. */
function conversation(sure = true) {
  const emitted: string[] = [];
  let now = 1000;
  const order = new InOrder((e) => {
    const isPartial = (e.flags & RequestFlag.partial) !== 0;
    emitted.push(`${e.method}${e.outcome === Outcome.ok ? '' : '?'}${isPartial ? ' partial' : ''}`);
  }, sure);
  const passage = () => ({ time: now as CaptureTime, lastTime: now as CaptureTime, readAt: 0 as CaptureTime });
  return {
    emitted,
    order,
    wait: (nanoseconds: number) => {
      now += nanoseconds;
    },
    ask(...names: readonly string[]) {
      for (const name of names) {
        now += 1000;
        order.asks(now as CaptureTime);
        order.add()?.ask(name, '', passage(), 1);
      }
    },
    answer(count = 1) {
      for (let i = 0; i < count; i++) {
        now += 1000;
        const e = order.answered(now as CaptureTime);
        if (e === undefined) continue;
        e.answer(passage(), 1).outcome = Outcome.ok;
        order.finish();
      }
    },
    lose: () => order.loseAnswers(now as CaptureTime),
    miss: () => order.loseRequests(),
    end: () => order.close(now as CaptureTime, 'closed'),
  };
}

describe('requests that are answered in order', () => {
  it('are paired so', () => {
    const c = conversation();
    c.ask('a', 'b');
    c.answer(2);
    c.ask('c');
    c.answer();
    expect(c.emitted).toEqual(['a', 'b', 'c']);
  });

  it('are paired again after a lost answer where the client waits for all answers', () => {
    const c = conversation();
    c.ask('a', 'b');
    c.lose();
    c.ask('c');
    c.answer();
    expect(c.emitted).toEqual(['a? partial', 'b? partial', 'c']);
  });

  it('are not paired after a lost answer where the client does not wait, until all is quiet', () => {
    const c = conversation();
    c.ask('a', 'b');
    c.answer();
    c.ask('c');
    c.lose();
    c.answer();
    c.ask('d');
    c.answer();
    expect(c.emitted).toEqual(['a', 'b? partial', 'c? partial']);
    c.wait(60e6);
    c.ask('e');
    c.answer();
    expect(c.emitted.slice(3)).toEqual(['d? partial', 'e']);
  });

  it('are paired again after many turns of one each', () => {
    const c = conversation();
    c.ask('a', 'b');
    c.answer();
    c.ask('c');
    c.lose();
    for (let i = 0; i < 40; i++) {
      c.ask('x');
      c.answer();
    }
    c.emitted.length = 0;
    c.ask('y');
    c.answer();
    expect(c.emitted).toEqual(['y']);
  });

  it('are not shifted by a request that was missed and answered', () => {
    const c = conversation();
    c.ask('a');
    c.answer();
    c.miss();
    c.answer();
    c.ask('b');
    c.answer();
    expect(c.emitted).toEqual(['a', 'b']);
  });

  it('are not paired where the answer to a missed one may be on its way', () => {
    const c = conversation();
    c.miss();
    c.ask('a');
    c.answer(2);
    c.end();
    expect(c.emitted).toEqual(['a? partial']);
  });

  it('are uncertain on a connection that was joined, until it was quiet', () => {
    const c = conversation(false);
    c.ask('a');
    c.answer();
    c.wait(60e6);
    c.ask('b');
    c.answer();
    expect(c.emitted).toEqual(['a partial', 'b']);
  });

  it('are aborted where the connection ends before the answer', () => {
    const c = conversation();
    c.ask('a');
    c.end();
    expect(c.emitted).toEqual(['a?']);
    expect(c.order.length).toBe(0);
  });
});
