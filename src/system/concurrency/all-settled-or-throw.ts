/** What all of them give, once all have ended. Where some fail, the first in order is thrown: the same one each time. */
export async function itemsSettledOrThrow<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work)
  return settled.map(one => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

/** As `allOf`, for work that has names. */
export async function allSettledOrThrow<T extends object>(
  work: { readonly [Name in keyof T]: Promise<T[Name]> },
): Promise<T> {
  const values = await itemsSettledOrThrow<unknown>(Object.values(work))
  return Object.fromEntries(Object.keys(work).map((name, index) => [name, values[index]])) as T
}
