import { messageOf } from '../errors.js';
import type { CoordinatorCpu, CoordinatorProfile } from '../measure/coordinator-profile.js';
import type { RunWarning } from '../measure/result.js';
import { storeTree } from '../measure/stored-tree.js';
import { type Observation, type Observed, startObservation } from '../monitor/observation.js';
import type { Thresholds } from '../monitor/verdict.js';

/** What a run is to learn of its coordinators beyond their CPU and memory. */
export interface ProfilingRequest {
  /** Whether their CPU profiles are taken too, which costs them some time. */
  cpu: boolean;
}

/** What one round saw of one coordinator. */
export type RoundProfile = Omit<CoordinatorProfile, 'round'>;

/** The coordinators of a round, being profiled. */
export class CoordinatorProfiling {
  readonly #watched: { name: string; observation: Observation | string }[];
  readonly #cpu: boolean;

  private constructor(watched: { name: string; observation: Observation | string }[], cpu: boolean) {
    this.#watched = watched;
    this.#cpu = cpu;
  }

  /** Begins; resolves when all of them are being sampled, so that attaching is over before anything is measured. */
  static async start(
    coordinators: readonly { name: string; pid: number }[],
    { cpu }: ProfilingRequest,
    thresholds: Thresholds,
  ): Promise<CoordinatorProfiling> {
    const watched = coordinators.map(async ({ name, pid }) => ({
      name,
      observation: await startObservation(pid, { cpu, thresholds }).catch(messageOf),
    }));
    return new CoordinatorProfiling(await Promise.all(watched), cpu);
  }

  /** Ends it and tells what was seen; a coordinator that has ended meanwhile keeps what was seen of it. */
  finish(): Promise<RoundProfile[]> {
    return Promise.all(
      this.#watched.map(async ({ name, observation }) => {
        if (typeof observation === 'string') return this.#unwatched(name, observation);
        return observation.finish().then(
          (observed) => profileOf(name, observed),
          (error) => this.#unwatched(name, messageOf(error)),
        );
      }),
    );
  }

  #unwatched(coordinator: string, reason: string): RoundProfile {
    return { coordinator, reason, ...(this.#cpu ? { cpu: { state: 'failed', reason } } : {}) };
  }
}

function profileOf(coordinator: string, { profile, cpu }: Observed): RoundProfile {
  const [main] = profile.processes;
  const told: CoordinatorCpu | undefined =
    cpu.state === 'taken'
      ? { state: 'taken', summary: cpu.summary, tree: storeTree(cpu.tree) }
      : cpu.state === 'failed'
        ? cpu
        : undefined;
  return {
    coordinator,
    ...(main === undefined ? { reason: 'it was not seen' } : { process: main }),
    ...(told === undefined ? {} : { cpu: told }),
  };
}

/** The profiles of all rounds, each with its round. */
export function profilesOf(rounds: readonly { profiles: readonly RoundProfile[] }[]): CoordinatorProfile[] {
  return rounds.flatMap(({ profiles }, index) => profiles.map((profile) => ({ ...profile, round: index + 1 })));
}

/** What a reader of the report should know. */
export function profilingWarnings(request: ProfilingRequest | undefined): RunWarning[] {
  if (request?.cpu !== true) return [];
  return [
    {
      code: 'CPU_PROFILED',
      text: 'CPU profiles of the coordinators were taken (--cpu), which costs them time',
      advice: 'read its functions, and compare its figures with nothing but runs made with --cpu',
    },
  ];
}
