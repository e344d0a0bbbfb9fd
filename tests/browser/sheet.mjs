// Many pictures on one: rows of screenshots, as a PNG with a palette, which is a third of the size.

import { deflateSync } from 'node:zlib';

/// The pictures, each as a buffer, in so many columns with gaps between them.
export async function sheet(page, pictures, columns, gap = 16) {
  const sources = pictures.map((picture) => `data:image/png;base64,${picture.toString('base64')}`);
  const { width, height, colours, places } = await page.evaluate(drawn, [sources, columns, gap]);
  return png(width, height, Buffer.from(colours, 'base64'), Buffer.from(places, 'base64'));
}

/// In the page: draws the pictures, and tells each pixel by its place among the 256 commonest colours.
async function drawn([sources, columns, gap]) {
  const images = await Promise.all(sources.map(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    return image;
  }));
  const [{ width: wide, height: high }] = images;
  const canvas = document.createElement('canvas');
  const across = Math.min(columns, images.length);
  canvas.width = across * (wide + gap) - gap;
  canvas.height = Math.ceil(images.length / columns) * (high + gap) - gap;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.fillStyle = '#808080';
  context.fillRect(0, 0, canvas.width, canvas.height);
  images.forEach((image, n) => {
    context.drawImage(image, (n % columns) * (wide + gap), Math.floor(n / columns) * (high + gap));
  });
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const pixels = new Uint32Array(data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const common = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 256).map(([pixel]) => pixel);
  const parts = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  const palette = common.map(parts);
  const nearest = new Map(common.map((pixel, place) => [pixel, place]));
  for (const pixel of counts.keys()) {
    if (nearest.has(pixel)) continue;
    const [r, g, b] = parts(pixel);
    const far = palette.map((it) => (it[0] - r) ** 2 + (it[1] - g) ** 2 + (it[2] - b) ** 2);
    nearest.set(pixel, far.indexOf(Math.min(...far)));
  }
  const text = (bytes) => {
    let all = '';
    for (let n = 0; n < bytes.length; n += 8192) all += String.fromCharCode(...bytes.subarray(n, n + 8192));
    return btoa(all);
  };
  return {
    width: canvas.width,
    height: canvas.height,
    colours: text(Uint8Array.from(palette.flat())),
    places: text(Uint8Array.from(pixels, (pixel) => nearest.get(pixel))),
  };
}

/// A PNG (ISO/IEC 15948) of one byte for each pixel.
function png(width, height, colours, places) {
  const chunk = (name, data) => {
    const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    size.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc(named));
    return Buffer.concat([size, named, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  const rows = Buffer.alloc((width + 1) * height);
  for (let row = 0; row < height; row += 1) {
    places.copy(rows, row * (width + 1) + 1, row * width, (row + 1) * width);
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function crc(bytes) {
  let rest = ~0;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit += 1) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return ~rest >>> 0;
}
