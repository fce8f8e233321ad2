// Judges a list of proofs from standard input and prints the results: for server/tests/recipes, which compares all verifiers.

import { json } from 'node:stream/consumers'
import { isAtLeast, isRecent } from './doorward.js'

const proofs = await json(process.stdin)
const judge = ({ claims, max_age, acr }) => isRecent(claims, max_age) && isAtLeast(claims, acr)
process.stdout.write(JSON.stringify(proofs.map(judge)))
