/** The strip of styles below the picture: thumbnails, one of them chosen. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { chooseFiles, giveFiles } from '../shell/files.js';
import { Icon } from '../shell/icon.js';
import { look, own, type StyleEntry, shipped, styles, view } from '../state.js';
import { words } from '../words.js';
import { chooseStyle } from './choose-style.js';
import { isWide, styleCredit, styleTitle } from './load-styles.js';
import { OwnStyleTools } from './own-style-tools.js';

export function StyleStrip() {
  const t = words.value;
  const list = useRef<HTMLDivElement>(null);
  const chosenId = look.value.style;
  // The chosen one is in sight, whoever chose it.
  useEffect(() => {
    const button = list.current?.querySelector(`[data-style="${CSS.escape(chosenId)}"]`);
    button?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [chosenId, styles.value]);
  const chosen = styles.value.find(({ id }) => id === look.value.style);
  return (
    <section class="strip" aria-label={t.styles}>
      <div class="strip-list" role="radiogroup" aria-label={t.styles} ref={list}>
        {shipped.value.map((style) => (
          <StyleButton key={style.id} style={style} />
        ))}
        {own.value.length > 0 && <span class="strip-divider" aria-hidden="true" />}
        {styles.value
          .filter(({ own }) => own)
          .map((style) => (
            <StyleButton key={style.id} style={style} />
          ))}
      </div>
      <div class="strip-end">
        {chosen?.own && <OwnStyleTools style={chosen} />}
        <button type="button" title={t.styleFiles} onClick={() => void chooseFiles().then(giveFiles)}>
          <Icon name="add" />
          <span>{t.addStyle}</span>
        </button>
        <button
          type="button"
          onClick={() => {
            view.value = 'teach';
          }}
        >
          <Icon name="pencil" />
          <span>{t.teachStyle}</span>
        </button>
      </div>
    </section>
  );
}

function StyleButton({ style }: { style: StyleEntry }) {
  const isChosen = look.value.style === style.id;
  const title = styleTitle(style);
  // A style of a folder that cannot be drawn has none.
  const [hasPicture, setHasPicture] = useState(Boolean(style.thumbnail));
  return (
    <label class="style" data-style={style.id} title={styleCredit(style)}>
      <input type="radio" name="style" checked={isChosen} onChange={() => chooseStyle(style.id)} />
      <span class="style-picture">
        {hasPicture ? (
          <img
            src={style.thumbnail}
            alt=""
            width="72"
            height="72"
            draggable={false}
            onError={() => setHasPicture(false)}
          />
        ) : (
          <span class="style-letter" aria-hidden="true">
            {title.slice(0, 1)}
          </span>
        )}
        {style.painting && isWide(style.name) && (
          <span class="style-badge" aria-hidden="true">
            {words.value.finer}
          </span>
        )}
      </span>
      <span class="style-name">{title}</span>
    </label>
  );
}
