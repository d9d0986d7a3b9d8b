/** Numbers as text for a saved model: little-endian, in base64. */
export function encodeNumbers({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** The bytes of such numbers, to make an array of their type of. */
export function decodeNumbers(text: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(text, 'base64')).buffer;
}
