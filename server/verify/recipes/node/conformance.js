// Verifies a list of tokens from standard input and prints the results: for server/tests/recipes, which compares all
// verifiers.

import { json } from 'node:stream/consumers'
import { doorward, TokenInvalid } from './doorward.js'

const { issuer, audience, tokens } = await json(process.stdin)
const verify = doorward({ issuer, audience })
const results = []
for (const token of tokens) {
  try {
    await verify(token)
    results.push(true)
  } catch (error) {
    if (!(error instanceof TokenInvalid)) throw error
    results.push(false)
  }
}
process.stdout.write(JSON.stringify(results))
