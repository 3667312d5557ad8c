/** Where each byte of the text form stands in Windows' binary form: its first three groups are little-endian. */
const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]

/**
 * The text of a binary GUID (MS-DTYP 2.3.4), lower-case and without braces, as every tool of Windows shows it:
 * `f81d4fae-7dec-11d0-a765-00a0c91e6bf6`. undefined for anything but 16 bytes.
 */
export function guidText(bytes: Buffer): string | undefined {
  if (bytes.length !== 16) return undefined
  const hex = order.map(at => bytes.subarray(at, at + 1).toString('hex')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The 16 bytes of a GUID in text form, for a filter; undefined where it is none. */
export function guidBytes(text: string): Buffer | undefined {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return undefined
  const shown = Buffer.from(text.replaceAll('-', ''), 'hex')
  const bytes = Buffer.alloc(16)
  for (const [from, to] of order.entries()) shown.copy(bytes, to, from, from + 1)
  return bytes
}
