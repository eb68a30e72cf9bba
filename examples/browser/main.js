// The page: hands the pictures to a worker that learns, and shows what it says.

/** `?device=cpu` keeps the training off the GPU, `?weights=URL` takes the loss network from elsewhere. */
const address = new URLSearchParams(location.search);
const device = address.get('device') ?? 'auto';
const weights = address.get('weights') ?? 'vgg16.safetensors';

const [form, painting, photos, photo, steps] = ['form', 'painting', 'photos', 'photo', 'steps'].map(element);
const losses = [];
let worker;

function element(id) {
  return document.getElementById(id);
}

function say(text) {
  element('status').textContent = text;
}

/** Shows pixels, or whatever can be drawn, on a canvas that takes its size. */
function show(id, picture) {
  const canvas = element(id);
  Object.assign(canvas, { width: picture.width, height: picture.height });
  const context = canvas.getContext('2d');
  if (picture instanceof ImageData) context.putImageData(picture, 0, 0);
  else context.drawImage(picture, 0, 0);
}

function setRunning(running) {
  for (const id of ['choices', 'train']) element(id).disabled = running;
  element('stop').disabled = !running;
}

/** Ends the worker, and with it all memory of the training. The last style stays. */
function finish(text) {
  worker.terminate();
  setRunning(false);
  say(text);
}

/** What the page does with each message of the worker. */
const answers = {
  progress({ share, part, done, all, secondsLeft, values }) {
    element('progress').value = share;
    if (!values) return say(part);
    const left = secondsLeft === undefined ? '' : `, ${Math.ceil(secondsLeft)} s left`;
    say(`Step ${done} of ${all}${left}`);
    const parts = Object.entries(values).map(([name, value]) => `${name} ${value.toPrecision(6)}`);
    losses.push([done, ...parts].join('  '));
    element('losses').textContent = losses.join('\n');
  },
  painted({ picture, style }) {
    show('picture', picture);
    URL.revokeObjectURL(element('save').href);
    Object.assign(element('save'), { href: URL.createObjectURL(new Blob([style])), hidden: false });
  },
  done({ steps, seconds, device }) {
    finish(`${steps} steps in ${seconds.toFixed(1)} s on ${device}`);
  },
  failed({ message }) {
    finish(`It failed: ${message}`);
  },
};

painting.addEventListener('change', async () => {
  show('painting-picture', await createImageBitmap(painting.files[0]));
  say('Ready.');
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  losses.length = 0;
  setRunning(true);
  say('Loading the loss network');
  worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => answers[data.type](data);
  worker.onerror = ({ message }) => finish(`It failed: ${message}`);
  worker.postMessage({
    painting: painting.files[0],
    photos: photos.files.length > 0 ? [...photos.files] : ['harbour.jpg', 'mountains.jpg', 'still-life.jpg'],
    photo: photo.files[0] ?? 'harbour.jpg',
    steps: Number(steps.value),
    weights,
    device,
  });
});

element('stop').addEventListener('click', () => finish('Stopped.'));
