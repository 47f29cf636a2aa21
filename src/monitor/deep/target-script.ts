import type { NodeReadings } from '../../measure/cpu-profile.js';

/**
 * What is evaluated inside the target. The functions below travel as text, so they use nothing from around them, and they leave
 * nothing behind.
 */

/** The part of `node:perf_hooks` and `node:inspector` that is used in there. */
interface Modules {
  perf_hooks: typeof import('node:perf_hooks');
  inspector: typeof import('node:inspector');
}

interface Installed {
  beat(): void;
  finish(): NodeReadings;
}

function install(
  load: <K extends keyof Modules>(name: K) => Modules[K],
  name: string,
  closes: boolean,
  patienceMs: number,
): void {
  const { monitorEventLoopDelay, PerformanceObserver, performance } = load('perf_hooks');
  const resolution = 10;
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  const gc = { count: 0, totalMs: 0, maxMs: 0 };
  const note = (entries: readonly { duration: number }[]): void => {
    for (const { duration } of entries) {
      gc.count += 1;
      gc.totalMs += duration;
      gc.maxMs = Math.max(gc.maxMs, duration);
    }
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  const utilization = performance.eventLoopUtilization();
  let lastBeat = Date.now();
  let missed = 0;
  const end = (): void => {
    clearInterval(timer);
    delay.disable();
    observer.disconnect();
    Reflect.deleteProperty(globalThis, Symbol.for(name));
  };
  // Dead man's timer: the profiler was killed. It has to be missed in several turns of the loop, since a blocked loop hears nothing.
  const timer = setInterval(() => {
    missed = Date.now() - lastBeat > patienceMs ? missed + 1 : 0;
    if (missed < 3) return;
    end();
    if (closes) load('inspector').close();
  }, 500);
  timer.unref();
  const installed: Installed = {
    beat() {
      lastBeat = Date.now();
    },
    finish() {
      const memory = process.memoryUsage();
      const late = (ns: number): number => Math.max(0, ns / 1e6 - resolution);
      note(observer.takeRecords());
      const readings = {
        eventLoopUtilization: performance.eventLoopUtilization(utilization).utilization,
        eventLoopDelayMs: {
          mean: delay.count === 0 ? 0 : late(delay.mean),
          p50: delay.count === 0 ? 0 : late(delay.percentile(50)),
          p99: delay.count === 0 ? 0 : late(delay.percentile(99)),
          max: delay.count === 0 ? 0 : late(delay.max),
        },
        gc,
        heap: { usedBytes: memory.heapUsed, totalBytes: memory.heapTotal, externalBytes: memory.external },
      };
      end();
      return readings;
    },
  };
  Object.defineProperty(globalThis, Symbol.for(name), { value: installed, configurable: true, enumerable: false });
}

/**
 * A loop that was blocked opens the inspector once more when it turns, so the closing is repeated for the next ten turns, unless
 * another profiler comes and cancels it.
 */
function closeInspector(load: <K extends keyof Modules>(name: K) => Modules[K], name: string): void {
  const inspector = load('inspector');
  let turns = 0;
  const timer = setInterval(() => {
    if (inspector.url() !== undefined) inspector.close();
    turns += 1;
    if (turns >= 10) cancel();
  }, 20);
  const cancel = (): void => {
    clearInterval(timer);
    Reflect.deleteProperty(globalThis, Symbol.for(name));
  };
  timer.unref();
  Object.defineProperty(globalThis, Symbol.for(name), { value: cancel, configurable: true, enumerable: false });
  setTimeout(() => inspector.close(), 10);
}

const load = `((name) => process.getBuiltinModule?.(name) ?? require(name))`;
const name = 'ipcbench.profile';
const closerName = 'ipcbench.closer';

/** Starts the readings. `closes`: the inspector is closed if the profiler isn't heard of for `patienceMs`. */
export function installExpression(closes: boolean, patienceMs: number): string {
  return `(${install})(${load}, '${name}', ${closes}, ${patienceMs})`;
}

export const beatExpression = `globalThis[Symbol.for('${name}')]?.beat()`;
export const finishExpression = `globalThis[Symbol.for('${name}')]?.finish()`;
export const closeExpression = `(${closeInspector})(${load}, '${closerName}')`;

/** Keeps an earlier profiler from closing the inspector on this one, and tells who answers. */
export const greetExpression = `globalThis[Symbol.for('${closerName}')]?.(), process.pid`;
