// Which video this browser can encode.

// What is asked for first makes the better films. Levels are those of 4K.
const CODECS = {
  webm: [['vp9', 'vp09.00.51.08'], ['vp8', 'vp8']],
  mp4: [['avc', 'avc1.640033'], ['avc', 'avc1.4d0033'], ['avc', 'avc1.420033']],
};

// How coarse pictures may be: text must stay sharp.
const QUANTIZERS = { vp9: 30, avc: 22 };
// Where no coarseness can be asked for: bits for each pixel and picture.
const BITS = 0.2;

/// The first encoder that takes pictures of this size, or undefined.
export async function encoderFor(format, { width, height, each }) {
  if (!('VideoEncoder' in globalThis)) return undefined;
  const framerate = 1000 / each;
  for (const [name, codec] of CODECS[format]) {
    const usual = { codec, width, height, framerate, latencyMode: 'quality' };
    const bitrate = Math.round(width * height * framerate * BITS);
    const ways = [{ ...usual, bitrate }];
    if (QUANTIZERS[name]) ways.unshift({ ...usual, bitrateMode: 'quantizer' });
    for (const config of ways) {
      const { supported } = await VideoEncoder.isConfigSupported(config).catch(() => ({}));
      const exact = config.bitrateMode && { [name]: { quantizer: QUANTIZERS[name] } };
      if (supported) return { name, config, options: exact ?? {} };
    }
  }
  return undefined;
}
