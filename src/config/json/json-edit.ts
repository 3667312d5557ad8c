import { type Json, parseJson } from './json.js'
import { type JsonMember, type JsonPlace, JsonPlaces } from './json-places.js'

/** Mattermost writes its file with four blanks. */
const INDENT = '    '

/** Puts values into a JSON text at paths of names; what is not named stays byte for byte. Throws `JsonError`. */
export function setValues(text: string, values: readonly { path: readonly string[]; value: Json }[]): string {
  if (values.length > 0) parseJson(text)
  return values.reduce((edited, { path, value }) => setValue(edited, path, value), text)
}

/** Takes members away at paths of names; what is not named stays byte for byte. Throws `JsonError`. */
export function removeValues(text: string, paths: readonly (readonly string[])[]): string {
  if (paths.length > 0) parseJson(text)
  return paths.reduce(removeValue, text)
}

/** A new file with these values alone. */
export function newText(values: readonly { path: readonly string[]; value: Json }[]): string {
  return `${setValues('{}', values)}\n`
}

/** What comes out of JSON is JSON: it is read once, however many values are put into it. */
function setValue(text: string, path: readonly string[], value: Json): string {
  const places = new JsonPlaces(text)
  let here = places.whole()
  for (const [depth, name] of path.entries()) {
    const rest = nested(path.slice(depth + 1), value)
    const members = places.members(here)
    // A section that is null (or anything but an object) holds nothing that Mattermost could read.
    if (members === undefined) return replace(text, here, nested(path.slice(depth), value), depth)
    const member = members.findLast(one => one.name === name)
    if (member === undefined)
      return insert(text, { object: here, last: members.at(-1) }, { name, value: rest }, depth)
    here = member.value
  }
  return replace(text, here, value, path.length)
}

function removeValue(text: string, path: readonly string[]): string {
  const places = new JsonPlaces(text)
  let object = places.whole()
  for (const name of path.slice(0, -1)) {
    const member = places.members(object)?.findLast(one => one.name === name)
    if (member === undefined) return text
    object = member.value
  }
  const members = places.members(object) ?? []
  const at = members.findLastIndex(member => member.name === path.at(-1))
  const [before, member, after] = [members[at - 1], members[at], members[at + 1]]
  if (member === undefined) return text
  if (before !== undefined) return removeValue(cut(text, before.value.end, member.value.end), path)
  if (after !== undefined) return removeValue(cut(text, member.start, after.start), path)
  return `${text.slice(0, object.start)}{}${text.slice(object.end)}`
}

function cut(text: string, start: number, end: number): string {
  return text.slice(0, start) + text.slice(end)
}

function nested(path: readonly string[], value: Json): Json {
  return path.reduceRight<Json>((inner, name) => ({ [name]: inner }), value)
}

function replace(text: string, { start, end }: JsonPlace, value: Json, depth: number): string {
  return text.slice(0, start) + printed(value, INDENT.repeat(depth)) + text.slice(end)
}

/** Behind `last`, the last member that the object has. */
function insert(
  text: string,
  { object, last }: { object: JsonPlace; last: JsonMember | undefined },
  { name, value }: { name: string; value: Json },
  depth: number,
): string {
  const outer = INDENT.repeat(depth)
  if (last === undefined) {
    const inner = `\n${outer}${INDENT}${JSON.stringify(name)}: ${printed(value, outer + INDENT)}\n${outer}`
    return `${text.slice(0, object.start)}{${inner}}${text.slice(object.end)}`
  }
  // As the file has it: the blanks in front of its last member.
  const gap = /\n[ \t]*$/.exec(text.slice(0, last.start))?.[0] ?? ' '
  const member = `,${gap}${JSON.stringify(name)}: ${printed(value, gap.slice(1))}`
  return text.slice(0, last.value.end) + member + text.slice(last.value.end)
}

function printed(value: Json, indent: string): string {
  return JSON.stringify(value, null, INDENT).replaceAll('\n', `\n${indent}`)
}
