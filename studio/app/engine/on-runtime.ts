/** ONNX Runtime's download, as the page tells of it. */
import { work } from '../state.js';

/** Shows how much of ONNX Runtime has come. */
export const onRuntime = (received: number, total: number | undefined): void => {
  work.value =
    received === total ? undefined : { kind: 'runtime', share: total ? received / total : undefined };
};
