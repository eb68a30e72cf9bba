/** What is being learned, when it cannot be changed any more. */
import { words } from '../words.js';
import { STRENGTHS, STROKES } from './choices.js';
import { subject } from './teaching.js';

export function SubjectSummary() {
  const t = words.value.teach;
  if (!subject.value) return null;
  const { name, url, photos, settings } = subject.value;
  return (
    <section class="teach-step" aria-label={name}>
      <h2>{name}</h2>
      {url && <img class="teach-painting" src={url} alt={name} />}
      <dl class="teach-facts">
        <dt>{t.photosTitle}</dt>
        <dd>{t.photosCount(photos)}</dd>
        <dt>{t.strength}</dt>
        <dd>{t.strengths[STRENGTHS.indexOf(settings.strength)]}</dd>
        <dt>{t.strokes}</dt>
        <dd>{t.strokesOf[STROKES.indexOf(settings.strokes)]}</dd>
      </dl>
    </section>
  );
}
