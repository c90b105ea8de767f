/**
 * What a .tflite flatbuffer says of its operators, inputs and outputs. Only these few
 * fields of the schema are read; each number below is a field's place in it.
 */

const MODEL = { operatorCodes: 1, subgraphs: 2, buffers: 4, signatures: 7 };
const OPERATOR_CODE = { deprecated: 0, custom: 1, builtin: 3 };
const SUBGRAPH = { tensors: 0 };
const TENSOR = { shape: 0, type: 1, shapeSignature: 7 };
const BUFFER = { data: 0 };
const SIGNATURE = { inputs: 0, outputs: 1, subgraph: 4 };
const TENSOR_MAP = { name: 0, index: 1 };
const CUSTOM = 32;
const TYPES = [
  ...[
    "float32",
    "float16",
    "int32",
    "uint8",
    "int64",
    "string",
    "bool",
    "int16",
  ],
  ...["complex64", "int8"],
];

/**
 * @typedef {{dtype: string, shape: number[]}} Tensor A side that is open is -1.
 *
 * @param {Uint8Array} bytes
 * @returns {{customOps: string[], inputs: Map<string, Tensor>,
 *     outputs: Map<string, Tensor>}} Inputs and outputs of the first signature, by name;
 *     empty where there is none.
 * @throws {RangeError} A table leaves the file: it was cut short, or is no flatbuffer.
 */
export function describe(bytes) {
  const reader = new Reader(bytes);
  const model = reader.root();
  for (const buffer of reader.tables(model, MODEL.buffers))
    reader.vector(buffer, BUFFER.data);
  const customOps = [];
  for (const code of reader.tables(model, MODEL.operatorCodes)) {
    // The old field holds one byte; newer operators are in the new one.
    const builtin = reader.int32(code, OPERATOR_CODE.builtin);
    if (
      Math.max(builtin, reader.int8(code, OPERATOR_CODE.deprecated)) === CUSTOM
    ) {
      customOps.push(reader.string(code, OPERATOR_CODE.custom));
    }
  }
  const [signature] = reader.tables(model, MODEL.signatures);
  const named = (field) => {
    const found = new Map();
    if (signature === undefined) return found;
    const graphs = reader.tables(model, MODEL.subgraphs);
    const graph = at(graphs, reader.int32(signature, SIGNATURE.subgraph));
    const tensors = reader.tables(graph, SUBGRAPH.tensors);
    for (const map of reader.tables(signature, field)) {
      const tensor = at(tensors, reader.int32(map, TENSOR_MAP.index));
      found.set(
        reader.string(map, TENSOR_MAP.name),
        describeTensor(reader, tensor),
      );
    }
    return found;
  };
  return {
    customOps,
    inputs: named(SIGNATURE.inputs),
    outputs: named(SIGNATURE.outputs),
  };
}

function describeTensor(reader, tensor) {
  const signature = reader.int32s(tensor, TENSOR.shapeSignature);
  const type = reader.int8(tensor, TENSOR.type);
  return {
    dtype: TYPES[type] ?? `type ${type}`,
    shape: signature.length ? signature : reader.int32s(tensor, TENSOR.shape),
  };
}

function at(list, index) {
  if (index < 0 || index >= list.length)
    throw new RangeError("index outside of its table");
  return list[index];
}

/** Tables are named by where they begin. DataView throws a RangeError past the end. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  root() {
    return this.view.getUint32(0, true);
  }

  /** Where a field of a table is, or 0 where it is left out. */
  field(table, number) {
    const layout = table - this.view.getInt32(table, true);
    if (4 + 2 * number >= this.view.getUint16(layout, true)) return 0;
    const offset = this.view.getUint16(layout + 4 + 2 * number, true);
    return offset && table + offset;
  }

  int8(table, number) {
    const place = this.field(table, number);
    return place && this.view.getInt8(place);
  }

  int32(table, number) {
    const place = this.field(table, number);
    return place && this.view.getInt32(place, true);
  }

  /** Where the elements of a vector begin, and how many there are. */
  vector(table, number, elementBytes = 1) {
    const field = this.field(table, number);
    if (!field) return { start: 0, length: 0 };
    const place = field + this.view.getUint32(field, true);
    const length = this.view.getUint32(place, true);
    if (place + 4 + length * elementBytes > this.bytes.length) {
      throw new RangeError("a vector leaves the file");
    }
    return { start: place + 4, length };
  }

  int32s(table, number) {
    const { start, length } = this.vector(table, number, 4);
    return Array.from({ length }, (_, i) =>
      this.view.getInt32(start + 4 * i, true),
    );
  }

  tables(table, number) {
    const { start, length } = this.vector(table, number, 4);
    return Array.from({ length }, (_, i) => {
      const place = start + 4 * i;
      return place + this.view.getUint32(place, true);
    });
  }

  string(table, number) {
    const { start, length } = this.vector(table, number);
    return new TextDecoder().decode(this.bytes.subarray(start, start + length));
  }
}
