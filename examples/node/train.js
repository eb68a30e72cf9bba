// Learns the style of a painting and paints a photo in it: node train.js painting.jpg photos/ photo.jpg painted.jpg [steps]
// The loss network has to be there once: npx fns weights vgg16
import { stylizePictures, trainStyle } from 'fast-neural-style';

const [painting = 'painting.jpg', photos = 'photos', photo = 'photo.jpg', out = 'painted.jpg', steps = 2000] =
  process.argv.slice(2);
const { style } = await trainStyle(
  { painting, photos, steps: Number(steps), out: 'style.onnx' },
  { onEvent: (event) => event.type === 'progress' && console.log(`${Math.round(100 * event.share)} %`) },
);
await stylizePictures({ style, photos: photo, out });
