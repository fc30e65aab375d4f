/** Few requests begin in one turn of the event loop, so that a crowd of them does not keep those who wait for the store from their answers. */

/** Each takes about a millisecond until it is answered or waits for something itself. */
const mostInOneTurn = 8;

/** Runs what it is given at once or, when enough began in this turn, in one of the next; always in order. */
export function createTurns(most = mostInOneTurn): (begin: () => void) => void {
  const waiting: (() => void)[] = [];
  let begun = 0;

  function next(): void {
    const due = waiting.splice(0, most);
    begun = due.length;
    if (begun > 0) setImmediate(next);
    for (const begin of due) begin();
  }

  return begin => {
    if (begun === most) {
      waiting.push(begin);
      return;
    }
    if (begun++ === 0) setImmediate(next);
    begin();
  };
}
