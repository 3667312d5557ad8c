import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { randomPassword, readSecretFile } from '../../src/system/secrets.js'

t.test('a secret is one line, and its end is no part of it', async t => {
  const cases: { name: string; content: string; secret?: string; refused?: RegExp }[] = [
    { name: 'a line', content: 's3cret\n', secret: 's3cret' },
    { name: 'without an end', content: 's3cret', secret: 's3cret' },
    { name: 'CRLF', content: 's3cret\r\n', secret: 's3cret' },
    { name: 'blanks are part of it', content: ' s3 cret \t\n', secret: ' s3 cret \t' },
    { name: 'other scripts', content: 'pässwörd\n', secret: 'pässwörd' },
    { name: 'two lines', content: 's3cret\nmore\n', refused: /it holds more than one line$/ },
    { name: 'an empty second line', content: 's3cret\n\n', refused: /it holds more than one line$/ },
    { name: 'CR inside', content: 's3\rcret\n', refused: /it holds more than one line$/ },
    { name: 'nothing', content: '', refused: /it is empty$/ },
    { name: 'an empty line', content: '\n', refused: /it is empty$/ },
    { name: 'NUL', content: 's3\0cret\n', refused: /it holds a NUL byte$/ },
  ]
  for (const { name, content, secret, refused } of cases) {
    const path = join(t.testdir({ file: content }), 'file')
    if (refused === undefined) t.equal(await readSecretFile(path), secret, name)
    else {
      const error = await readSecretFile(path).catch((thrown: unknown) => thrown)
      t.match(error, { code: 'check.failed', message: refused, hint: /one line, mode 0600/ }, name)
      t.notMatch((error as Error).message, /s3/, `${name}: the secret is not repeated`)
    }
  }
  t.equal(await readSecretFile(join(t.testdir({}), 'missing')), undefined)
  await t.rejects(readSecretFile(t.testdir({})), {
    code: 'check.failed',
    message: /^cannot read the secret file/,
  })
})

t.test('a random password holds one of each class, and begins with a letter', async t => {
  const classes = ['abc', 'XYZ', '123', '-+'] as const
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 72 }), length => {
      const password = randomPassword({ length, classes: [...classes] })
      t.equal(password.length, length)
      t.match(password, /^[abcXYZ][abcXYZ123+-]*$/)
      for (const letters of classes) t.ok([...letters].some(letter => password.slice(1).includes(letter)))
    }),
  )
})

t.test('it follows the source of numbers', async t => {
  t.equal(
    randomPassword({ length: 6, classes: ['ab', 'XY'] }, () => 0),
    'aXaaaa',
  )
})
