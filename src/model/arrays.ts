/** Arrays as they travel: bytes in a buffer, their form in the message. */

export type TypedArray =
  Float32Array | Float64Array | Uint8Array | Uint16Array | Int32Array;

/** A decoded array: C order, `data.length` is the product of `shape`. */
export interface INumericArray {
  data: TypedArray;
  shape: number[];
}

/** How an array is announced in JSON: `buffer` numbers the message's buffers. */
export interface IArrayHeader {
  $array: number;
  dtype: 'f4' | 'f8' | 'u1' | 'u2' | 'i4';
  shape: number[];
}
