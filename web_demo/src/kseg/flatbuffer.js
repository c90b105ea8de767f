/**
 * What a .tflite flatbuffer says of its operators, inputs and outputs. Only these few
 * fields of the schema are read; each number below is a field's place in it.
 */

import { RULES } from "./rules_file.js";

const MODEL = { operatorCodes: 1, subgraphs: 2, buffers: 4, signatures: 7 };
const OPERATOR_CODE = { deprecated: 0, custom: 1, builtin: 3 };
const SUBGRAPH = { tensors: 0 };
const TENSOR = { shape: 0, type: 1, shapeSignature: 7 };
const BUFFER = { data: 0 };
const SIGNATURE = { inputs: 0, outputs: 1, subgraph: 4 };
const TENSOR_MAP = { name: 0, index: 1 };
const CUSTOM = 32;
const { limits } = RULES;
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
 * @returns {{customOps: string[], signatures: number, inputs: Map<string, Tensor>,
 *     outputs: Map<string, Tensor>}} Inputs and outputs of the first signature, by name;
 *     empty where there is none.
 * @throws {RangeError} A table leaves the file, or is absurdly long: it was cut short, or
 *     is no flatbuffer.
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
  const signatures = reader.vector(model, MODEL.signatures, 4).length;
  const named = (field) => {
    const found = new Map();
    if (!signatures) return found;
    const signature = reader.element(model, MODEL.signatures, 0);
    const index = reader.int32(signature, SIGNATURE.subgraph);
    const graph = reader.element(model, MODEL.subgraphs, index);
    for (const map of reader.tables(signature, field)) {
      const place = reader.int32(map, TENSOR_MAP.index);
      const tensor = reader.element(graph, SUBGRAPH.tensors, place);
      found.set(
        reader.string(map, TENSOR_MAP.name),
        describeTensor(reader, tensor),
      );
    }
    return found;
  };
  return {
    customOps,
    signatures,
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
    bound(length, limits.sides);
    return Array.from({ length }, (_, i) =>
      this.view.getInt32(start + 4 * i, true),
    );
  }

  element(table, number, index) {
    const { start, length } = this.vector(table, number, 4);
    if (index < 0 || index >= length) throw new RangeError("no such element");
    const place = start + 4 * index;
    return place + this.view.getUint32(place, true);
  }

  tables(table, number) {
    const { start, length } = this.vector(table, number, 4);
    bound(length, limits.tables);
    return Array.from({ length }, (_, i) => {
      const place = start + 4 * i;
      return place + this.view.getUint32(place, true);
    });
  }

  string(table, number) {
    const { start, length } = this.vector(table, number);
    bound(length, limits.name_bytes);
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return decoder.decode(this.bytes.subarray(start, start + length));
  }
}

function bound(length, most) {
  if (length > most) throw new RangeError("a vector is absurdly long");
}
