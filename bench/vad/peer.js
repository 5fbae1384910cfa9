// The same windows by onnxruntime-node, one at a time on one thread: node peer.js MODEL
// Prints "RATE microseconds" lines. Fails where the package is not installed.
const ort = require('onnxruntime-node');

async function measure(session, rate) {
  const context = rate / 250, window = rate / 1000 * 32, count = 2000;
  const audio = new Float32Array(context + window).map((_, i) => Math.sin(i * i / 50) / 3);
  let state = new ort.Tensor('float32', new Float32Array(256), [2, 1, 128]);
  const sr = new ort.Tensor('int64', BigInt64Array.from([BigInt(rate)]), []);
  const input = new ort.Tensor('float32', audio, [1, audio.length]);
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; ++i) state = (await session.run({input, state, sr})).stateN;
  return Number(process.hrtime.bigint() - start) / 1000 / count;
}

(async () => {
  const options = {intraOpNumThreads: 1, interOpNumThreads: 1};
  const session = await ort.InferenceSession.create(process.argv[2], options);
  for (const rate of [16000, 8000]) console.log(rate, (await measure(session, rate)).toFixed(1));
})().catch(() => process.exit(1));
