/** A step of the story: its number, its title, what belongs to it. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface StepProps {
  number: number;
  title: string;
  hint?: string;
  children: ComponentChildren;
}

export function Step({ number, title, hint, children }: StepProps) {
  const id = useId();
  return (
    <section class="teach-step" aria-labelledby={id}>
      <h2 id={id}>
        <span class="teach-number" aria-hidden="true">
          {number}
        </span>
        {title}
      </h2>
      {hint && <p class="teach-hint">{hint}</p>}
      {children}
    </section>
  );
}
