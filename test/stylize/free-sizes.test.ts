import { describe, expect, test } from 'vitest';
import type { Image } from '../../src/core/image.js';
import { uniformValues } from '../../src/core/random.js';
import { withFreeSizes } from '../../src/graph/free-sizes.js';
import { describeModel } from '../../src/graph/model.js';
import { ModelProto } from '../../src/graph/onnx-schema.js';
import { openSession } from '../../src/node/session.js';
import { signatureOf } from '../../src/stylize/signature.js';
import { openStylizer } from '../../src/stylize/stylizer.js';
import { colourNetwork } from './colour-networks.js';

const photo: Image = {
  width: 45,
  height: 34,
  data: Uint8Array.from(uniformValues(45 * 34 * 3, 5, 100), (v) => Math.round(v + 128)),
};

/** A network for pictures of any size whose sizes are written in another way. */
function withSizes(sides: number, batch: number): Uint8Array {
  const model = ModelProto.toObject(ModelProto.decode(colourNetwork()), { arrays: true, defaults: false });
  for (const value of [...model.graph.input, ...model.graph.output]) {
    const sizes = [batch, 3, sides, sides];
    value.type.tensorType.shape.dim = sizes.map((dimValue) => ({ dimValue }));
  }
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}

async function drawn(bytes: Uint8Array) {
  const stylizer = await openStylizer(bytes, 'x.onnx', { device: 'cpu', threads: 1, openSession });
  try {
    const { data, width, height } = await stylizer.stylize(photo);
    return { data: Buffer.from(data), width, height, notes: stylizer.notes };
  } finally {
    await stylizer.close();
  }
}

describe('free sizes of networks of other projects', () => {
  test.each([
    [-1, 1],
    [0, 1],
    [-1, -1],
    [0, 0],
  ])('written as %d, of batches as %d: photos keep theirs', async (sides, batch) => {
    const bytes = withSizes(sides, batch);
    const model = describeModel(bytes);
    expect(model.inputs[0]!.shape).toEqual([batch > 0 ? batch : '?', 3, '?', '?']);
    expect(signatureOf(model, 'x.onnx').fixedSize).toBeUndefined();
    expect(await drawn(bytes)).toEqual(await drawn(colourNetwork()));
  });

  test('a model without sizes of 0 stays byte for byte, and of another the sizes alone change', () => {
    const named = colourNetwork();
    expect(withFreeSizes(named)).toBe(named);
    const zeros = withSizes(0, 1);
    const freed = withFreeSizes(zeros);
    // Height and width, in and out.
    expect(freed.filter((byte, i) => byte !== zeros[i])).toEqual(Uint8Array.of(0x1a, 0x1a, 0x1a, 0x1a));
    const shape = { dim: [{ dimValue: 1 }, { dimValue: 3 }, {}, {}] };
    const model = ModelProto.toObject(ModelProto.decode(freed), { longs: Number });
    expect(model.graph.input[0].type.tensorType.shape).toEqual(shape);
  });
});
