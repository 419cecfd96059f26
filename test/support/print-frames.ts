/**
 * A process that reads the capture it is told, or stdin, and prints a line for each frame at once: its wire length. Then "end", or
 * the error. SIGTERM stops the source.
 */
import { openCapture } from '../../src/source/capture-source.js';
import { FrameRecorder } from './frame-recorder.js';

const recorder = new FrameRecorder();
recorder.frame = (_decode, _view, _offset, _capturedBytes, wireBytes) => console.log(wireBytes);
try {
  const source = openCapture(process.argv[2] ?? '-', {
    log: { limited: (_subject, text) => console.log(text) },
    nowUs: () => 0,
  });
  process.once('SIGTERM', () => source.stop());
  console.log('open');
  await source.run(recorder);
  console.log('end');
} catch (error) {
  console.log(`${error}`);
}
