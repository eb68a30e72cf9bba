/** The words of what the page does with a service, in English. */
export const enServer = {
  /** Where a picture was made. */
  name: 'server',
  titles: { picture: 'Full picture', video: 'Video', train: 'Where it learns' },
  places: { device: 'On this device', server: 'On the server' },
  token: 'Token',
  tokenHint:
    'Whoever runs this server gives you one; it is kept in this browser. Until then this device draws.',
  use: 'Use it',
  forget: 'Forget the token',
  privacy: {
    picture: (host: string) => `Photos are sent to ${host} and removed there afterwards.`,
    video: (host: string) => `Videos are sent to ${host} and removed there afterwards.`,
    train: (host: string) =>
      `The painting and small copies of the photos are sent to ${host} and removed there afterwards. Keep this page open meanwhile.`,
  },
  onDevice: {
    mask: 'With a mask, this device draws: the server has no masks.',
    mix: 'A mixture with a style of your own is drawn on this device.',
    style: 'This style is of another program: it is drawn on this device.',
  },
  steps: {
    sending: 'Sending to the server',
    waiting: 'Waiting for the server',
    drawing: 'Drawing on the server',
    fetching: 'Fetching from the server',
  },
  failures: {
    token: 'The server does not take this token. Enter another, or ask whoever runs the server.',
    scope: (scope: string) =>
      `This token may not do this. Ask whoever runs the server for one with the scope “${scope}”.`,
    quota: 'The server has done as much as this token allows. Try again later, or draw on this device.',
    tooMany: 'The server is asked too often. Wait a minute, or draw on this device.',
    away: 'The server cannot be reached just now. Try again in a moment, or draw on this device.',
    tooLong: 'The server gave up because it took too long. Try a smaller photo, or draw on this device.',
    tooLarge: (name: string) =>
      `${name || 'This photo'} is too large for the server. Try a smaller one, or draw on this device.`,
    notLearned: (why: string) =>
      `The server could not learn it: ${why}. Try again, or let this device learn it.`,
    cancelled: 'The server cancelled it. Try again, or draw on this device.',
    refused: (name: string, why: string) =>
      `The server cannot draw ${name || 'this photo'}: ${why}. Try another, or draw on this device.`,
    other: (why: string) => `The server could not do it: ${why}. Try again, or draw on this device.`,
  },
};

/** What every language has. */
export type ServerWords = typeof enServer;
