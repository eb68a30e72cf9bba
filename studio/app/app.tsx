/** The page. */
import { lazy, Suspense } from 'preact/compat';
import { PhotoView } from './photo/photo-view.js';
import { Header } from './shell/header.js';
import { Messages } from './shell/messages.js';
import { view } from './state.js';

const TeachView = lazy(() => import('./teach/teach-view.js'));

export function App() {
  return (
    <>
      <Header />
      <main>
        {view.value === 'photo' && <PhotoView />}
        {view.value === 'teach' && (
          <Suspense fallback={null}>
            <TeachView />
          </Suspense>
        )}
      </main>
      <Messages />
    </>
  );
}
