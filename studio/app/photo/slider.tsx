/** A slider with its name and its value. */
import { useId } from 'preact/hooks';

interface SliderProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  /** The value in words. */
  text: string;
  /** What the two ends mean. */
  ends?: [string, string];
  onChange(value: number): void;
}

export function Slider({ label, value, text, ends, onChange, ...range }: SliderProps) {
  const id = useId();
  const share = (value - range.min) / (range.max - range.min);
  return (
    <div class="slider">
      <label for={id}>{label}</label>
      <output for={id}>{text}</output>
      <input
        id={id}
        type="range"
        {...range}
        value={value}
        aria-valuetext={text}
        style={{ '--share': share }}
        onInput={({ currentTarget }) => onChange(currentTarget.valueAsNumber)}
      />
      {ends && (
        <span class="slider-ends" aria-hidden="true">
          <span>{ends[0]}</span>
          <span>{ends[1]}</span>
        </span>
      )}
    </div>
  );
}
