/** The view that teaches a style: a story in four steps. */
import { useEffect } from 'preact/hooks';
import '../css/teach.css';
import { serviceTeaches } from '../server/service.js';
import { takeFiles } from '../shell/files.js';
import { words } from '../words.js';
import { addPhotos, choosePainting, chooseSize, painting } from './choices.js';
import { ChoicesStep } from './choices-step.js';
import { Curve } from './curve.js';
import { takePlace, watchPlaces } from './drop-place.js';
import { canTeach } from './failure.js';
import { lookForWeights, useWeightsFile } from './find-weights.js';
import { GoPanel } from './go-panel.js';
import { PaintingStep } from './painting-step.js';
import { PhotosStep } from './photos-step.js';
import { Preview, takePreviewPhoto } from './preview.js';
import { ProgressPanel } from './progress-panel.js';
import { ResultPanel } from './result-panel.js';
import { Step } from './step.js';
import { SubjectSummary } from './subject-summary.js';
import { history, lookForTraining, phase } from './teaching.js';

/** Takes dropped files: where they fell; else weights, a first single picture as the painting, all others as photos. */
function take(files: File[]): void {
  const place = takePlace();
  const weights = files.find(({ name }) => /\.safetensors$/i.test(name));
  if (weights) void useWeightsFile(weights);
  const pictures = files.filter((file) => file !== weights);
  const [first] = pictures;
  if (phase.value !== 'choosing' || place === 'preview') takePreviewPhoto(first);
  else if (place === 'painting' || (!place && !painting.value && pictures.length === 1))
    choosePainting(first);
  else addPhotos(pictures);
}

export default function TeachView() {
  const t = words.value.teach;
  useEffect(() => {
    const endTaking = takeFiles('teach', take);
    const endWatching = watchPlaces();
    const endLooking = lookForWeights();
    void chooseSize();
    void lookForTraining().catch(() => undefined);
    return () => {
      endTaking();
      endWatching();
      endLooking();
    };
  }, []);
  if (!canTeach()) return <p class="teach-unsupported">{t.unsupported}</p>;
  const isChoosing = phase.value === 'choosing';
  return (
    <div class="teach" data-choosing={isChoosing}>
      <div class="teach-steps">
        {isChoosing ? (
          <>
            <p class="teach-intro">{serviceTeaches.value ? t.introService : t.intro}</p>
            <PaintingStep />
            <PhotosStep />
            <ChoicesStep />
          </>
        ) : (
          <SubjectSummary />
        )}
      </div>
      <div class="teach-go">
        <Step number={4} title={t.goTitle}>
          <Preview />
          {isChoosing ? <GoPanel /> : phase.value === 'finished' ? <ResultPanel /> : <ProgressPanel />}
          {!isChoosing && history.value.length > 0 && <Curve />}
        </Step>
      </div>
    </div>
  );
}
