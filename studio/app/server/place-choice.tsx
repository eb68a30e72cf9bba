/** The choice of a place, where there is a service that does this kind of jobs. */
import { lazy, Suspense } from 'preact/compat';
import { type JobKind, type Obstacle, service } from './service.js';

const ServerPanel = lazy(() => import('./server-panel.js'));

export interface PlaceChoiceProps {
  kind: JobKind;
  /** What the service cannot do of what is chosen. */
  why: Obstacle | undefined;
}

export function PlaceChoice({ kind, why }: PlaceChoiceProps) {
  if (!service.value?.kinds.includes(kind)) return null;
  return (
    <Suspense fallback={null}>
      <ServerPanel kind={kind} why={why} />
    </Suspense>
  );
}
