// Draws pictures and films, away from the page, which stays free to answer. Nothing is kept of a picture
// once it is written.

import start, { Studio } from './half-open-files.js';
import { encoderFor } from './export-encoders.js';

// How many pictures a GIF looks at before it chooses its colours.
const SAMPLES = 24;
// From how many pictures the size of an animated SVG is estimated.
const TRIED = 6;
// A video can be entered at a picture that stands by itself: one in so many milliseconds.
const ENTRY = 2000;
// So many pictures wait for the encoder at most.
const WAITING = 4;

// What the numbers mean that the module for files makes of pixels.
const SPACE = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false };

let studio;

addEventListener('message', async ({ data: { order, colours, plan, format, make } }) => {
  try {
    await start();
    const before = studio;
    studio = undefined;
    studio = before ? before.retaken(order) : new Studio(order, colours);
    if (!make) return postMessage(look(format, plan));
    const file = await MAKERS[format](plan);
    postMessage({ file });
  } catch (reason) {
    postMessage({ reason: typeof reason === 'string' ? reason : 'The browser gave up on it.' });
  }
});

/// The first picture, and about how large an animated SVG will be.
function look(format, { frames }) {
  const svg = studio.svg(0);
  if (format !== 'motion') return { svg };
  const motion = studio.motion();
  const tried = Math.min(TRIED, frames);
  try {
    const first = motion.frame(studio);
    let size = first;
    for (let number = 1; number < tried; number += 1) size = motion.frame(studio);
    const each = (size - first) / Math.max(1, tried - 1);
    return { svg, estimate: first + each * (frames - 1) };
  } finally {
    motion.free();
  }
}

function canvasOf({ width, height }) {
  const canvas = new OffscreenCanvas(width, height);
  // Painted without a graphics card: the same pixels every time.
  return [canvas, canvas.getContext('2d', { willReadFrequently: true })];
}

const said = (number, frames, size) => postMessage({ number, frames, size });

async function svg() {
  return new Blob([studio.svg(0)], { type: 'image/svg+xml' });
}

async function png(plan) {
  const [canvas, context] = canvasOf(plan);
  studio.paint(context, 0);
  const bytes = await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer();
  return new Blob([studio.png(new Uint8Array(bytes))], { type: 'image/png' });
}

async function motion({ frames }) {
  const film = studio.motion();
  for (let number = 0; number < frames; number += 1) said(number + 1, frames, film.frame(studio));
  return new Blob([film.document(studio)], { type: 'image/svg+xml' });
}

async function gif(plan) {
  const { frames, each, width, height } = plan;
  const [, context] = canvasOf(plan);
  const pixels = (number) => {
    studio.paint(context, number);
    return new Uint8Array(context.getImageData(0, 0, width, height).data.buffer);
  };
  const film = studio.gif();
  const samples = Math.min(SAMPLES, frames);
  for (let number = 0; number < samples; number += 1) {
    film.sample(pixels(Math.round((number * (frames - 1)) / Math.max(1, samples - 1))));
  }
  const pieces = [];
  let size = 0;
  for (let number = 0; number < frames; number += 1) {
    const piece = film.frame(pixels(number), each);
    size += piece.length;
    // A browser keeps what is large on its disk.
    pieces.push(new Blob([piece]));
    said(number + 1, frames, size);
  }
  return new Blob([film.head(), ...pieces, film.tail()], { type: 'image/gif' });
}

async function video(format, plan) {
  const { frames, each, width, height } = plan;
  const encoding = await encoderFor(format, plan);
  if (!encoding) throw 'This browser cannot encode such a video.';
  const [, context] = canvasOf(plan);
  const pieces = [];
  let film;
  let size = 0;
  let done = 0;
  let failed;
  const encoder = new VideoEncoder({
    error: (reason) => (failed = reason),
    output: (chunk, { decoderConfig }) => {
      film ??= begin(encoding.name, decoderConfig);
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      const piece = film.frame(Math.round(chunk.timestamp / 1000), chunk.type === 'key', bytes);
      size += bytes.length;
      if (piece.length) pieces.push(new Blob([piece]));
      said(++done, frames, size);
    },
  });
  encoder.configure(encoding.config);
  for (let number = 0; number < frames && !failed; number += 1) {
    studio.paint(context, number);
    const { data } = context.getImageData(0, 0, width, height);
    const frame = new VideoFrame(studio.i420(new Uint8Array(data.buffer)), {
      format: 'I420',
      codedWidth: width,
      codedHeight: height,
      timestamp: number * each * 1000,
      duration: each * 1000,
      colorSpace: SPACE,
    });
    const keyFrame = number % Math.max(1, Math.round(ENTRY / each)) === 0;
    encoder.encode(frame, { keyFrame, ...encoding.options });
    frame.close();
    while (encoder.encodeQueueSize > WAITING && !failed) {
      await new Promise((resolve) => encoder.addEventListener('dequeue', resolve, { once: true }));
    }
  }
  if (!failed) await encoder.flush();
  if (failed || !film) throw 'The browser could not encode this video.';
  const tail = film.tail();
  return new Blob([film.head(), ...pieces, tail], { type: `video/${format}` });
}

function begin(codec, { description } = {}) {
  return studio.video(codec, description ? new Uint8Array(description.buffer ?? description) : new Uint8Array());
}

const MAKERS = {
  svg,
  'strip-svg': svg,
  print: svg,
  png,
  'strip-png': png,
  gif,
  motion,
  webm: (plan) => video('webm', plan),
  mp4: (plan) => video('mp4', plan),
};
