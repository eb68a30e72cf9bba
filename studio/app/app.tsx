/** The page. */
import { lazy, Suspense } from 'preact/compat';
import { PhotoView } from './photo/photo-view.js';
import { Header } from './shell/header.js';
import { Messages } from './shell/messages.js';
import { view } from './state.js';

/** These come when they are opened. */
const CameraView = lazy(() => import('./camera/camera-view.js'));
const VideoView = lazy(() => import('./video/video-view.js'));
const TeachView = lazy(() => import('./teach/teach-view.js'));

export function App() {
  return (
    <>
      <Header />
      <main>
        {view.value === 'photo' && <PhotoView />}
        <Suspense fallback={null}>
          {view.value === 'camera' && <CameraView />}
          {view.value === 'video' && <VideoView />}
          {view.value === 'teach' && <TeachView />}
        </Suspense>
      </main>
      <Messages />
    </>
  );
}
