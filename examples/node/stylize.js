// Paints a photo in a shipped style, or in that of a style file: node stylize.js photo.jpg wave painted.jpg
import { decodeImage, encodeImage, stylize } from 'fast-neural-style';

const [photo = 'photo.jpg', style = 'wave', out = 'painted.jpg'] = process.argv.slice(2);
await encodeImage(out, await stylize(await decodeImage(photo), style));
