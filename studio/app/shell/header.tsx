/** The line at the top: the views, language, theme, help. */
import { wantsServer } from '../server/service.js';
import { say, teaching, VIEWS, view } from '../state.js';
import { chooseLanguage, language, words } from '../words.js';
import { Icon } from './icon.js';
import { toggleTheme } from './theme.js';

export function Header() {
  const t = words.value;
  return (
    <header class="header">
      <h1 class="logo">
        <img src="./icon.svg" alt="" width="22" height="22" />
        <span>{t.title}</span>
      </h1>
      <nav aria-label={t.title}>
        {VIEWS.map((name) => (
          <a
            key={name}
            href={`#view=${name}`}
            aria-current={view.value === name ? 'page' : undefined}
            onClick={(event) => {
              event.preventDefault();
              view.value = name;
            }}
          >
            {t.views[name]}
            {name === 'teach' && teaching.value !== undefined && (
              <small> {Math.floor(100 * teaching.value)} %</small>
            )}
          </a>
        ))}
      </nav>
      <div class="header-end">
        <button
          type="button"
          class="plain"
          lang={language.value === 'en' ? 'zh-Hans' : 'en'}
          title={t.languageLabel}
          onClick={() => chooseLanguage(language.value === 'en' ? 'zh' : 'en')}
        >
          {t.language}
        </button>
        <button
          type="button"
          class="plain icon-button"
          aria-label={t.theme}
          title={t.theme}
          onClick={toggleTheme}
        >
          <Icon name="theme" />
        </button>
        <button
          type="button"
          class="plain icon-button"
          aria-label={t.help}
          title={t.help}
          onClick={() => {
            const privacy = wantsServer.value ? t.server.privacy.picture(location.host) : t.privacy;
            for (const text of [privacy, t.dropHere, t.keys]) say('note', text);
          }}
        >
          <Icon name="help" />
        </button>
      </div>
    </header>
  );
}
