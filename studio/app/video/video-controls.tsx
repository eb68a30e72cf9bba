/** The controls beside the video. */
import { useEffect } from 'preact/hooks';
import { clockTime } from '../film/clock-time.js';
import { FILM_TYPES, type FilmType } from '../film/formats.js';
import { Slider } from '../photo/slider.js';
import { PlaceChoice } from '../server/place-choice.js';
import { makesVideoOnServer, videoObstacle } from '../server/service.js';
import { downloadBlob } from '../shell/download.js';
import { Icon } from '../shell/icon.js';
import { styleList } from '../styles/load-styles.js';
import { LookControls } from '../styles/look-controls.js';
import { UndoTools } from '../styles/undo-tools.js';
import { words } from '../words.js';
import type { Film } from './film.js';
import {
  film,
  findTypes,
  isOpening,
  LONGEST,
  longest,
  makeVideo,
  moment,
  playsResult,
  result,
  sizeOf,
  steady,
  type,
  types,
  work,
} from './video.js';

const NAMES: Record<FilmType, string> = { mp4: 'MP4', webm: 'WebM' };

/** The types that the video can become: a server writes all. */
const offeredTypes = () => (makesVideoOnServer.value ? FILM_TYPES : types.value);

export function VideoControls({ onOpen }: { onOpen(): void }) {
  const t = words.value.video;
  const { value: of } = film;
  const { value: done } = result;
  const isPlaying = playsResult.value;
  const offered = offeredTypes();
  const isWorking = work.value !== undefined;
  const side = longest.value;
  const canMake = of !== undefined && !isWorking && !isOpening.value && (offered?.length ?? 0) > 0;
  useEffect(() => {
    if (of) void findTypes(sizeOf(of));
  }, [of, side]);
  return (
    <aside class="controls" aria-label={words.value.title}>
      <div class="control-row">
        <button type="button" disabled={isWorking} onClick={onOpen}>
          <Icon name="open" />
          <span>{t.open}</span>
        </button>
        <UndoTools />
      </div>
      {of && (
        <>
          {!isWorking && !isPlaying && (
            <Slider
              label={t.moment}
              value={Math.min(moment.value, of.duration)}
              {...{ min: 0, max: of.duration, step: of.duration / 200 }}
              text={clockTime(moment.value)}
              onChange={(value) => {
                moment.value = value;
              }}
            />
          )}
          <SizeChoice of={of} isFixed={isWorking || isPlaying} />
        </>
      )}
      <LookControls />
      {of && !isWorking && !isPlaying && styleList?.opencv && (
        <Slider
          label={t.steady}
          value={steady.value}
          {...{ min: 0, max: 1, step: 0.1 }}
          text={steady.value === 0 ? t.steadyOff : steady.value.toFixed(1)}
          ends={t.steadyEnds}
          onChange={(value) => {
            steady.value = value;
          }}
        />
      )}
      <PlaceChoice kind="video" why={videoObstacle.value} />
      <div class="save film-save">
        {offered?.length === 0 && <p class="hint">{t.noTypes}</p>}
        {offered?.length === 1 && offered[0] === 'webm' && <p class="hint">{t.webmOnly}</p>}
        {isPlaying ? (
          <button
            type="button"
            onClick={() => {
              playsResult.value = false;
            }}
          >
            <Icon name="undo" />
            <span>{t.back}</span>
          </button>
        ) : (
          <MakeTools canMake={canMake} />
        )}
        {done && (
          <button
            type="button"
            class={isPlaying ? 'primary' : ''}
            onClick={() => downloadBlob(done.blob, done.name)}
          >
            <Icon name="save" />
            <span>{t.save}</span>
          </button>
        )}
      </div>
    </aside>
  );
}

/** Makes the video, as a file of a type. */
function MakeTools({ canMake }: { canMake: boolean }) {
  const t = words.value.video;
  return (
    <div class="save-main">
      <button type="button" class="primary" disabled={!canMake} onClick={() => void makeVideo()}>
        <Icon name="film" />
        <span>{t.make}</span>
      </button>
      <select
        class="primary"
        aria-label={t.makeAs}
        value={type.value}
        disabled={work.value !== undefined}
        onChange={({ currentTarget }) => {
          type.value = currentTarget.value as FilmType;
        }}
      >
        {FILM_TYPES.map((each) => (
          <option key={each} value={each} disabled={offeredTypes()?.includes(each) === false}>
            {NAMES[each]}
          </option>
        ))}
      </select>
    </div>
  );
}

/** How large the video becomes: sides that are larger than its own are not offered. */
function SizeChoice({ of, isFixed }: { of: Film; isFixed: boolean }) {
  const t = words.value.video;
  const own = Math.max(of.width, of.height);
  const sides = LONGEST.filter((side) => side < own || side === Number.POSITIVE_INFINITY);
  const chosen = sides.includes(longest.value as (typeof sides)[number])
    ? longest.value
    : Number.POSITIVE_INFINITY;
  return (
    <label class="field">
      <span>{t.size}</span>
      <select
        value={String(chosen)}
        disabled={isFixed}
        onChange={({ currentTarget }) => {
          longest.value = Number(currentTarget.value);
        }}
      >
        {sides.map((side) => (
          <option key={side} value={String(side)}>
            {side === Number.POSITIVE_INFINITY ? t.ownSize(own) : t.longerSide(side)}
          </option>
        ))}
      </select>
    </label>
  );
}
