/** The icons of the page, as strokes of 24x24. */
const PATHS = {
  theme: 'M12 3a9 9 0 1 0 0 18V3Z M12 3a9 9 0 0 1 0 18',
  help: 'M9.2 9a2.9 2.9 0 1 1 4.3 2.6c-1 .6-1.5 1.2-1.5 2.4 M12 17.5v.1 M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
  add: 'M12 5v14 M5 12h14',
  undo: 'M9 14 4 9l5-5 M4 9h10a6 6 0 0 1 0 12h-3',
  redo: 'm15 14 5-5-5-5 M20 9H10a6 6 0 0 0 0 12h3',
  close: 'm6 6 12 12 M18 6 6 18',
  open: 'M4 7a2 2 0 0 1 2-2h4l2 2h6a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V7Z',
  camera: 'M4 8h3l2-3h6l2 3h3v11H4V8Z M12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z',
  save: 'M12 4v11 M7 11l5 5 5-5 M5 20h14',
  copy: 'M9 9h10v11H9V9Z M5 15V4h10',
  share: 'M12 15V4 M8 7l4-4 4 4 M5 12v8h14v-8',
  pencil: 'm4 20 1-4L16 5l3 3L8 19l-4 1Z',
  bin: 'M5 7h14 M9 7V4h6v3 M7 7l1 13h8l1-13',
  fit: 'M4 9V4h5 M20 9V4h-5 M4 15v5h5 M20 15v5h-5',
  brush: 'M14 4l6 6-8 6-4-4 6-8Z M8 12c-3 0-3 3-5 7 4 0 8 0 9-3',
  mirror: 'M12 4v16 M9 8l-5 8h5V8Z M15 8l5 8h-5V8Z',
  record: 'M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
  stop: 'M9 9h6v6H9V9Z M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
  film: 'M4 5h16v14H4V5Z M8 5v14 M16 5v14 M4 9.7h4 M4 14.3h4 M16 9.7h4 M16 14.3h4',
  more: 'm6 9 6 6 6-6',
} as const;

/** The name of an icon. */
export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
