/** What to do when the loss network's weights are nowhere. */
import { chooseFiles } from '../shell/files.js';
import { words } from '../words.js';
import { useWeightsAt, useWeightsFile } from './find-weights.js';

export function WeightsCard() {
  const t = words.value.teach;
  return (
    <section class="teach-card" aria-label={t.weightsTitle}>
      <h3>{t.weightsTitle}</h3>
      <p>{t.weightsHint}</p>
      <p>
        <code>npx fns weights vgg19</code>
      </p>
      <p>{t.weightsOther}</p>
      <form
        class="control-row"
        onSubmit={(event) => {
          event.preventDefault();
          void useWeightsAt(new FormData(event.currentTarget).get('address') as string);
        }}
      >
        <button
          type="button"
          onClick={() =>
            void chooseFiles({ accept: '.safetensors', multiple: false }).then(([file]) =>
              file ? useWeightsFile(file) : undefined,
            )
          }
        >
          {t.weightsFile}
        </button>
        <input type="url" name="address" required aria-label={t.weightsAddress} placeholder="https://" />
        <button type="submit">{t.weightsFetch}</button>
      </form>
    </section>
  );
}
