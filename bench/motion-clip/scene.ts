/** A scene that moves, as POV-Ray draws it and as rays see it. Our own; lengths in metres, y is up. */

export type Vector = readonly [number, number, number];

const add = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
const scale = (a: Vector, s: number): Vector => [s * a[0], s * a[1], s * a[2]];
const minus = (a: Vector, b: Vector): Vector => add(a, scale(b, -1));
const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const unit = (a: Vector) => scale(a, 1 / Math.sqrt(dot(a, a)));

/** Turned about the y axis, as POV-Ray's `rotate y * degrees` does in its left-handed space. */
function turned([x, y, z]: Vector, degrees: number): Vector {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return [c * x + s * z, y, c * z - s * x];
}

/** A camera without roll: its place, and unit vectors forward, to the right and up. */
export interface Camera {
  at: Vector;
  forward: Vector;
  right: Vector;
  up: Vector;
}

/** The distance of the picture from the camera, where the picture is one metre high. */
const FOCAL = 1.1;

/** The camera at a time of 0..1: it walks past, and looks at the middle. */
export function cameraAt(time: number): Camera {
  const at: Vector = [-2.2 + 3.2 * time, 1.7 + 0.3 * Math.sin(3 * time), -7 + 1.6 * time];
  const forward = unit(minus([0.2 * time, 1.1, 1], at));
  const right = unit(cross([0, 1, 0], forward));
  return { at, forward, right, up: cross(forward, right) };
}

/** A thing: where it is at a time, and how far it has turned about its y axis. */
interface Thing {
  shape: { sphere: number } | { box: Vector } | { wall: Vector };
  at: (time: number) => Vector;
  turn: (time: number) => number;
  pigment: string;
}

const still = (at: Vector) => () => at;
const none = () => 0;

/** Walls face along their vector; spheres have a radius, boxes half their sides. */
const THINGS: readonly Thing[] = [
  {
    shape: { wall: [0, 1, 0] },
    ...{ at: still([0, 0, 0]), turn: none },
    pigment:
      'granite turbulence 0.3 color_map { [0 rgb <.35,.3,.25>] [0.6 rgb <.75,.7,.6>] [1 rgb <.9,.85,.7>] } scale 2',
  },
  {
    shape: { wall: [0, 0, -1] },
    ...{ at: still([0, 0, 9]), turn: none },
    pigment:
      'bozo turbulence 0.8 color_map { [0 rgb <.25,.4,.65>] [0.5 rgb <.7,.8,.95>] [1 rgb <.95,.95,.9>] } scale 2.5',
  },
  {
    shape: { sphere: 0.9 },
    ...{ at: (t: number) => [-2 + 1.4 * t, 0.9, 1.5] as const, turn: (t: number) => -50 * t },
    pigment:
      'marble turbulence 1 color_map { [0 rgb <.8,.2,.15>] [0.5 rgb <.95,.7,.3>] [1 rgb <.4,.1,.1>] } scale 0.6',
  },
  {
    shape: { box: [0.7, 1.1, 0.5] },
    ...{ at: (t: number) => [1.5, 1.1, 3 - 1.5 * t] as const, turn: (t: number) => 20 + 45 * t },
    pigment:
      'wood turbulence 0.2 color_map { [0 rgb <.2,.45,.25>] [0.7 rgb <.55,.75,.3>] [1 rgb <.1,.25,.15>] } scale 0.5',
  },
  {
    shape: { sphere: 0.45 },
    ...{
      at: (t: number) => [1.1 - 1.8 * t, 0.5 + 0.9 * Math.abs(Math.sin(5 * t)), -1] as const,
      turn: (t: number) => 90 * t,
    },
    pigment: 'spotted color_map { [0 rgb <.2,.2,.5>] [0.5 rgb <.3,.6,.8>] [1 rgb <.95,.95,1>] } scale 0.25',
  },
];

/** The scene at a time as POV-Ray reads it. */
export function povScene(time: number, aspect: number): string {
  const v = ([x, y, z]: Vector) => `<${x},${y},${z}>`;
  const { at, forward, right, up } = cameraAt(time);
  const camera = `camera { location ${v(at)} direction ${v(scale(forward, FOCAL))} right ${v(scale(right, aspect))} up ${v(up)} }`;
  const things = THINGS.map(({ shape, at, turn, pigment }) => {
    const body =
      'sphere' in shape
        ? `sphere { 0, ${shape.sphere}`
        : 'box' in shape
          ? `box { ${v(scale(shape.box, -1))}, ${v(shape.box)}`
          : `plane { ${v(shape.wall)}, 0`;
    return `${body} pigment { ${pigment} } finish { ambient 0.65 diffuse 0.4 } rotate y*${turn(time)} translate ${v(at(time))} }`;
  });
  const light = 'light_source { <-400,600,-500> rgb 1 shadowless }';
  return ['#version 3.7;', 'global_settings { assumed_gamma 1 }', camera, light, ...things].join('\n');
}

/**
 * Where the point that a pixel shows at one time is at another one, in pixels.
 *
 * @param x,y the middle of the pixel, in pixels from the left and the top
 */
export function movedPoint(
  x: number,
  y: number,
  size: { width: number; height: number },
  from: number,
  to: number,
): [number, number] {
  const { width, height } = size;
  const camera = cameraAt(from);
  const [across, above] = [(x / width - 0.5) * (width / height), 0.5 - y / height];
  const ray = add(add(scale(camera.forward, FOCAL), scale(camera.right, across)), scale(camera.up, above));
  let best = Number.POSITIVE_INFINITY;
  let place: Vector = [0, 0, 0];
  for (const { shape, at, turn } of THINGS) {
    const origin = turned(minus(camera.at, at(from)), -turn(from));
    const direction = turned(ray, -turn(from));
    const distance =
      'sphere' in shape
        ? toSphere(origin, direction, shape.sphere)
        : 'box' in shape
          ? toBox(origin, direction, shape.box)
          : toWall(origin, direction, shape.wall);
    if (!(distance > 1e-6 && distance < best)) continue;
    best = distance;
    place = add(turned(add(origin, scale(direction, distance)), turn(to)), at(to));
  }
  if (best === Number.POSITIVE_INFINITY) throw new Error('a ray that meets nothing');
  const then = cameraAt(to);
  const seen = minus(place, then.at);
  const depth = dot(seen, then.forward) / FOCAL;
  return [
    (dot(seen, then.right) / depth / (width / height) + 0.5) * width,
    (0.5 - dot(seen, then.up) / depth) * height,
  ];
}

function toSphere(origin: Vector, direction: Vector, radius: number): number {
  const [a, b] = [dot(direction, direction), dot(origin, direction)];
  const root = b * b - a * (dot(origin, origin) - radius * radius);
  return root < 0 ? Number.POSITIVE_INFINITY : (-b - Math.sqrt(root)) / a;
}

function toWall(origin: Vector, direction: Vector, facing: Vector): number {
  return -dot(origin, facing) / dot(direction, facing);
}

function toBox(origin: Vector, direction: Vector, half: Vector): number {
  let [near, far] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const axis of [0, 1, 2] as const) {
    const [a, b] = [-half[axis], half[axis]].map((side) => (side - origin[axis]) / direction[axis]) as [
      number,
      number,
    ];
    near = Math.max(near, Math.min(a, b));
    far = Math.min(far, Math.max(a, b));
  }
  return near <= far ? near : Number.POSITIVE_INFINITY;
}
