/** One stage of a training, with a checkpoint every 300 steps: the same call goes on where it was stopped. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { files, type nets, openPhotos, openSession, type SessionOptions, training } from 'fast-neural-style';

const CHECKPOINT_EVERY = 300;

/** What a stage trains. */
export interface StageOptions extends Pick<training.StyleTrainerOptions, 'style' | 'paintings' | 'init'> {
  /** What to call it. */
  label: string;
  /** The file of its checkpoint. */
  file: string;
  /** Its `steps` are those of the stage; the schedule runs over them. */
  config: training.TrainingConfig & { steps: number };
  /** The state of the stage before, with what the optimizer remembers. */
  before?: training.TrainerState;
  /** Paths of the training photos. */
  photos: readonly string[];
  lossNetwork: nets.LossNetwork;
  session: SessionOptions;
}

/** Trains one stage and returns its state. A finished stage is not done again. */
export async function trainStage(options: StageOptions): Promise<training.TrainerState> {
  const { label, file, config, style, paintings, init, before, lossNetwork, session } = options;
  const old = await readCheckpoint(file, config);
  const base = before?.steps ?? 0;
  const end = base + config.steps;
  if (old && old.state.steps >= end) return old.state;
  const trainer = await training.openStyleTrainer({
    ...{ config, style, paintings, init, resume: old?.state ?? before, lossNetwork, openSession, session },
  });
  const { batch, seed } = config;
  const photos = openPhotos({
    ...{
      files: options.photos,
      size: training.trainingSizes(config),
      batch,
      seed,
      startAt: old?.position ?? 0,
    },
  });
  const begin = Date.now();
  const first = trainer.steps;
  let [sum, count] = [0, 0];
  let state = await trainer.state();
  while (trainer.steps < end) {
    const { pictures } = await photos.next();
    const { losses } = await trainer.step(pictures, (trainer.steps - base) / config.steps);
    sum += losses.total!;
    count++;
    if (trainer.steps % CHECKPOINT_EVERY !== 0 && trainer.steps < end) continue;
    state = await trainer.state();
    const { position } = photos;
    await writeFile(
      `${file}.tmp`,
      await files.encodeCheckpoint({ run: config, seconds: 0, position, state }),
    );
    await rename(`${file}.tmp`, file);
    const rate = (trainer.steps - first) / ((Date.now() - begin) / 1000);
    const loss = (sum / count / 1e6).toFixed(4);
    console.log(`${label}  step ${trainer.steps}/${end}  ${rate.toFixed(2)} steps/s  mean loss ${loss} M`);
    [sum, count] = [0, 0];
  }
  photos.close();
  await trainer.close();
  return state;
}

/** The stage's checkpoint, where there is one. */
async function readCheckpoint(file: string, config: training.TrainingConfig) {
  const bytes = await readFile(file).catch(() => undefined);
  if (!bytes) return undefined;
  const old = await files.decodeCheckpoint(new Uint8Array(bytes), file);
  // Options that came to be after it was written have their defaults.
  const run = training.trainingConfig(old.run as training.TrainingConfig);
  if (!isDeepStrictEqual(asJson(run), asJson(config))) throw new Error(`${file} is of another recipe`);
  return old;
}

/** A configuration as a file holds it: without options that are undefined. */
function asJson(config: training.TrainingConfig): unknown {
  return JSON.parse(JSON.stringify(config));
}

/** The parameters in a state, without what the optimizer remembers. */
export function parametersOf(state: training.TrainerState): Map<string, files.FloatTensor> {
  return new Map([...state.tensors].filter(([name]) => !name.startsWith('adam.')));
}
