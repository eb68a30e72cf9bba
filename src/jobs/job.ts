/** The interface of jobs: a signal that ends one early, and events that say how it goes. */

/** How far a job is. */
export interface JobProgress {
  type: 'progress';
  /** Share of the whole job that is done, 0..1. */
  share: number;
  /** Seconds until the end, once there is a guess. */
  secondsLeft?: number;
  /** The part that is being worked on: `run 2/9`, `harbour.jpg`, `256/harbour.jpg`. */
  part?: string;
  /** The thing that is counted: `step`, `iteration`, `tile`. */
  unit?: string;
  /** How many of these are done, and of how many. */
  done?: number;
  all?: number;
  /** Pictures a second: photos of a training, frames of a video. */
  rate?: number;
  /** Numbers by name, such as losses. */
  values?: Readonly<Record<string, number>>;
}

/** Something that happened in a job. */
export type JobEvent =
  | JobProgress
  /** Something to know, or something that went wrong and does not end the job. */
  | { type: 'note' | 'warning'; message: string }
  /** One of many pictures could not be made; the others go on. */
  | { type: 'failed'; file: string; message: string }
  /** A file was written that was asked for. */
  | { type: 'file'; path: string }
  /** A training can go on from here. `bytes` is the checkpoint where there is no file. */
  | { type: 'checkpoint'; step: number; path?: string; bytes?: Uint8Array }
  /** A training's style as it is now, in a file or as bytes; `path` is that of a picture made with it. */
  | { type: 'preview'; step: number; path?: string; style?: Uint8Array };

/** How a job is run. */
export interface JobOptions {
  /** Ends the job early and well: what is done is kept, and the result says `stopped`. */
  signal?: AbortSignal;
  /** Told what happens. An error that it throws ends the job. */
  onEvent?: (event: JobEvent) => void;
}

/** A job's way to say what happens. */
export interface Reporter {
  progress(progress: Omit<JobProgress, 'type'>): void;
  note(message: string): void;
  warning(message: string): void;
  file(path: string): void;
  emit(event: JobEvent): void;
}

/** The reporter of a job's options. */
export function reporter({ onEvent }: JobOptions): Reporter {
  const emit = (event: JobEvent) => onEvent?.(event);
  return {
    emit,
    progress: (progress) => emit({ type: 'progress', ...progress }),
    note: (message) => emit({ type: 'note', message }),
    warning: (message) => emit({ type: 'warning', message }),
    file: (path) => emit({ type: 'file', path }),
  };
}

/** Guesses the seconds left from the share that is done, counting from now. */
export function stopwatch(now: () => number = Date.now): {
  /** Seconds since it was started. */
  seconds(): number;
  /** Seconds left when `share` of the work is done; undefined while nothing is. */
  left(share: number): number | undefined;
} {
  const start = now();
  const seconds = () => (now() - start) / 1000;
  return { seconds, left: (share) => (share > 0 ? (seconds() / share) * (1 - share) : undefined) };
}

/** Options with defaults for those that are missing or undefined. */
export function withDefaults<Options extends object, Defaults extends Partial<Options>>(
  options: Options,
  defaults: Defaults,
): Options & Required<Pick<Options, keyof Defaults & keyof Options>> {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...defaults, ...given } as unknown as Options &
    Required<Pick<Options, keyof Defaults & keyof Options>>;
}

/** The first line of what an error says. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
