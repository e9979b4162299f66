/**
 * Runs the passes of several rows as one. A row is sampled as if it were alone, and asks for one run of a network after the
 * other; rows that take their turns side by side have those of their runs that are alike made together.
 *
 * A run waits for nobody but rows that may still ask for one in this turn: it starts as soon as every row either waits for
 * a run or has ended its turn. What can't be joined runs by itself: conditions of different lengths, since padding them
 * would change the last digits of a result, and different weights.
 */
import { ToileError } from '../../shared/index.js';
import { createExclusive } from './exclusive.js';
import type { BatchNetworks, HeadInput, Networks, PassInput } from './networks.js';

/** A run that a rider was part of. `ms` is its share of the time. */
export type Run = { network: keyof Networks; ms: number; rows: number };

/** Whoever asks for runs, each time waiting for one before it asks for another. */
export type Rider = {
  /** Once aborted, its runs are refused and not made. */
  signal: AbortSignal;
  onRun: (run: Run) => void;
};

export type Batch = {
  networksFor(rider: Rider): Networks;
  /** Takes turns side by side. Resolves when all have ended, well or not. */
  takeTurns(turns: readonly (() => Promise<void>)[]): Promise<void>;
  /** Milliseconds that all runs have taken so far. */
  busyMs(): number;
};

type Call<Input, Output> = {
  input: Input;
  /** Calls of one kind may run as one. */
  kind: string;
  rider: Rider;
  place: number;
  resolve: (output: Output) => void;
  reject: (error: unknown) => void;
};

export function createBatch(
  networks: BatchNetworks,
  { maxBatch, now }: { maxBatch: number; now: () => number },
): Batch {
  const exclusive = createExclusive(now);
  const looks = createLane('transformer', networks.transformer, ({ cache }: PassInput) => String(cache.length));
  const draws = createLane('head', networks.head, ({ weights }: HeadInput) => weights.join());
  /** Turns that have not ended. */
  let underWay = 0;
  let running = false;
  let places = 0;

  function createLane<Input, Output>(
    network: keyof Networks,
    run: (rows: readonly Input[]) => Promise<Output[]>,
    kindOf: (input: Input) => string,
  ) {
    let calls: Call<Input, Output>[] = [];

    async function runTogether(wanted: readonly Call<Input, Output>[]): Promise<void> {
      if (wanted.length === 0) return;
      const rows = wanted.length;
      try {
        const { value: outputs, ms } = await exclusive.run(() => run(wanted.map(({ input }) => input)));
        if (outputs.length !== rows) throw new RangeError(`a run of ${rows} rows gave ${outputs.length}`);
        outputs.forEach((output, n) => {
          wanted[n]?.rider.onRun({ network, ms: ms / rows, rows });
          wanted[n]?.resolve(output);
        });
      } catch (thrown) {
        // whatever it was, such as too little memory for so many, no row fails by its neighbours
        for (const call of wanted) await (rows > 1 ? runTogether([call]) : call.reject(thrown));
      }
    }

    return {
      call: (input: Input, rider: Rider) =>
        new Promise<Output>((resolve, reject) => {
          calls.push({ input, kind: kindOf(input), rider, place: places++, resolve, reject });
          runWhenAllWait();
        }),
      count: () => calls.length,
      /** Place in line of the call that has waited longest. */
      first: () => calls[0]?.place ?? Infinity,
      /** Runs it with its like. */
      async runFirst(): Promise<void> {
        const together = calls.filter(({ kind }) => kind === calls[0]?.kind).slice(0, maxBatch);
        calls = calls.filter((call) => !together.includes(call));
        for (const { rider, reject } of together) {
          if (rider.signal.aborted) reject(cancelled());
        }
        await runTogether(together.filter(({ rider }) => !rider.signal.aborted));
      },
    };
  }

  function runWhenAllWait(): void {
    const waiting = looks.count() + draws.count();
    if (running || waiting === 0 || waiting < underWay) return;
    running = true;
    const lane = looks.first() < draws.first() ? looks : draws;
    void lane.runFirst().then(() => {
      running = false;
      runWhenAllWait();
    });
  }

  return {
    networksFor(rider) {
      const alone =
        <A extends unknown[], R>(network: keyof Networks, run: (...args: A) => Promise<R>) =>
        async (...args: A) => {
          const { value, ms } = await exclusive.run(async () => {
            // asked when its turn comes: it may have waited long
            if (rider.signal.aborted) throw cancelled();
            return run(...args);
          });
          rider.onRun({ network, ms, rows: 1 });
          return value;
        };
      return {
        encode: alone('encode', networks.encode),
        blend: alone('blend', networks.blend),
        decode: alone('decode', networks.decode),
        decodeMixed: alone('decodeMixed', networks.decodeMixed),
        conditions: alone('conditions', networks.conditions),
        transformer: (codes, cache) => looks.call({ codes, cache }, rider),
        head: (input) => draws.call(input, rider),
      };
    },
    async takeTurns(turns) {
      underWay += turns.length;
      const end = () => {
        underWay--;
        runWhenAllWait();
      };
      await Promise.allSettled(turns.map((turn) => turn().finally(end)));
    },
    busyMs: exclusive.busyMs,
  };
}

function cancelled(): ToileError {
  return new ToileError('cancelled', 'cancelled before it was done');
}
