/** The choice of a place, where there is a service that does this kind of jobs. */
import { lazy, Suspense } from 'preact/compat';
import { type JobKind, service } from './service.js';

const ServerPanel = lazy(() => import('./server-panel.js'));

export function PlaceChoice({ kind }: { kind: JobKind }) {
  if (!service.value?.kinds.includes(kind)) return null;
  return (
    <Suspense fallback={null}>
      <ServerPanel kind={kind} />
    </Suspense>
  );
}
