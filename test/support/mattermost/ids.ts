import { randomInt } from 'node:crypto'

/** 26 of `[a-z0-9]`, as Mattermost's ids, session tokens and invitation ids are. */
export function newId(): string {
  return Array.from({ length: 26 }, () => 'ybndrfg8ejkmcpqxot1uwisza345h769'[randomInt(32)]).join('')
}

/** Whether `text` has the form of an id. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && /^[a-zA-Z0-9]{26}$/.test(text)
}
