// Reads a list of tokens from standard input and says of each whether it is good: for the test that compares all judges.

import { json } from 'node:stream/consumers'
import { doorward, TokenInvalid } from './doorward.js'

const { issuer, audience, tokens } = await json(process.stdin)
const check = doorward({ issuer, audience })
const verdicts = []
for (const token of tokens) {
  try {
    await check(token)
    verdicts.push(true)
  } catch (error) {
    if (!(error instanceof TokenInvalid)) throw error
    verdicts.push(false)
  }
}
process.stdout.write(JSON.stringify(verdicts))
