import type { TeamchatError } from '../errors.js'
import type { Account } from './account.js'

/** What is tried, in this order. */
export type TrialStepName = 'connect' | 'tls' | 'login' | 'base' | 'groups' | 'people' | 'locks' | 'changes'

/** The result of one step. `remedy`: what to do, '' where there is nothing; never a secret. */
export interface TrialStep {
  step: TrialStepName
  verdict: 'pass' | 'warn' | 'fail' | 'skip'
  message: string
  remedy: string
}

/** Who is seen. */
export interface TrialPeople {
  /** Who counts: system accounts and whom ExcludeUsers names are left out. */
  accounts: number
  system: number
  excluded: number
  locked: number
  ended: number
  withoutMail: number
  /** The first ones by login. */
  first: { login: string; name: string; mail: string; locked: boolean; ended: boolean }[]
}

/** An account provider that was tried step by step, up to the first that failed. */
export interface Trial {
  steps: TrialStep[]
  /** Why it ended early. */
  failure: TeamchatError | undefined
  people: TrialPeople | undefined
}

/** Enough to see that they are the right ones. */
const SHOWN = 5

/** What is told of the accounts of a read, sorted by login. */
export function trialPeople(accounts: readonly Account[]): TrialPeople {
  const people = accounts.filter(account => !account.system)
  const excluded = accounts.filter(account => account.excluded).length
  return {
    accounts: people.length,
    system: accounts.length - people.length - excluded,
    excluded,
    locked: people.filter(account => account.locked === true).length,
    ended: people.filter(account => account.expired).length,
    withoutMail: people.filter(account => account.mails.length === 0).length,
    first: people.slice(0, SHOWN).map(account => ({
      login: account.login,
      name: account.displayName,
      mail: account.mails[0] ?? '',
      locked: account.locked === true,
      ended: account.expired,
    })),
  }
}

/** `12 accounts, of them 2 locked; left out: 3 system accounts` */
export function peopleText(people: TrialPeople): string {
  const some = (number: number, what: string) => (number === 0 ? [] : [`${number} ${what}`])
  const of = [
    ...some(people.locked, 'locked'),
    ...some(people.ended, 'ended'),
    ...some(people.withoutMail, 'without mail'),
  ]
  const out = [...some(people.system, 'system'), ...some(people.excluded, 'by ExcludeUsers')]
  const accounts = people.accounts === 1 ? '1 account' : `${people.accounts} accounts`
  return [
    of.length === 0 ? accounts : `${accounts}, of them ${of.join(', ')}`,
    ...(out.length === 0 ? [] : [`left out: ${out.join(', ')}`]),
  ].join('; ')
}

export function passed(step: TrialStepName, message: string): TrialStep {
  return { step, verdict: 'pass', message, remedy: '' }
}

export function doubtful(step: TrialStepName, message: string, remedy: string): TrialStep {
  return { step, verdict: 'warn', message, remedy }
}

export function skipped(step: TrialStepName, message: string): TrialStep {
  return { step, verdict: 'skip', message, remedy: '' }
}

/** A step that failed with the words of its error. */
export function failed(step: TrialStepName, error: TeamchatError): TrialStep {
  return { step, verdict: 'fail', message: error.message, remedy: error.hint }
}
