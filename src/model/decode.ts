/** Bytes of a message's buffers, as arrays. */

import type { IArrayHeader, INumericArray, TypedArray } from './arrays';
import { index, isRecord, list, MalformedError, oneOf, record } from './check';

type ArrayType = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): TypedArray;
};

const TYPES: Readonly<Record<IArrayHeader['dtype'], ArrayType>> = {
  f4: Float32Array,
  f8: Float64Array,
  u1: Uint8Array,
  u2: Uint16Array,
  i4: Int32Array
};

const header = record<IArrayHeader>({
  $array: index,
  dtype: oneOf('f4', 'f8', 'u1', 'u2', 'i4'),
  shape: list(index)
});

/** `value` with every array header replaced by its array. */
export function decodeArrays(
  value: unknown,
  buffers: readonly DataView[]
): unknown {
  if (Array.isArray(value)) {
    return value.map(entry => decodeArrays(entry, buffers));
  }
  if (!isRecord(value)) {
    return value;
  }
  if ('$array' in value) {
    return decodeArray(header(value, 'array'), buffers);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      decodeArrays(entry, buffers)
    ])
  );
}

function decodeArray(
  { $array, dtype, shape }: IArrayHeader,
  buffers: readonly DataView[]
): INumericArray {
  const bytes = buffers[$array];
  const type = TYPES[dtype];
  const length = shape.reduce((product, size) => product * size, 1);
  if (bytes?.byteLength !== length * type.BYTES_PER_ELEMENT) {
    throw new MalformedError(
      `buffer ${$array}`,
      `${length} values of ${dtype}`
    );
  }
  return { data: viewOf(bytes, type, length), shape };
}

/** Without a copy where the bytes are aligned; a view of them must be. */
function viewOf(bytes: DataView, type: ArrayType, length: number): TypedArray {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteOffset % type.BYTES_PER_ELEMENT === 0) {
    return new type(buffer, byteOffset, length);
  }
  const copy = buffer.slice(byteOffset, byteOffset + byteLength);
  return new type(copy, 0, length);
}
