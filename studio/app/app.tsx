/** The page. */
import { PhotoView } from './photo/photo-view.js';
import { Header } from './shell/header.js';
import { Messages } from './shell/messages.js';
import { view } from './state.js';

export function App() {
  return (
    <>
      <Header />
      <main>{view.value === 'photo' && <PhotoView />}</main>
      <Messages />
    </>
  );
}
