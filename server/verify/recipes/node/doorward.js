// Checks Doorward's access tokens in Node, as strictly as Doorward itself. Copy it; it needs `jose` and nothing else.

import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

const LONGEST_LIFE = 15 * 60
const TEXTS = ['iss', 'aud', 'sub', 'sid', 'jti', 'name']
const TIMES = ['iat', 'nbf', 'exp', 'auth_time']

/** Answer 401 to it; to anything else that is thrown, 503: it says nothing about the token. */
export class TokenInvalid extends Error {}

/**
 * A function that gives the claims of a good token. Keys are fetched when they are needed, kept for five minutes, and
 * fetched again for an unknown `kid`, at most every 30 seconds.
 */
export function doorward({ issuer, audience, address = issuer }) {
  const url = new URL(`${address}/.well-known/jwks.json`)
  const keys = createRemoteJWKSet(url, { cacheMaxAge: 300_000, cooldownDuration: 30_000, timeoutDuration: 5_000 })
  const options = { algorithms: ['EdDSA'], issuer, audience, typ: 'at+jwt', clockTolerance: 0 }

  return async function check(token) {
    isWrittenAsDoorwardDoes(token)
    try {
      const { payload } = await jwtVerify(token, keys, options)
      return isComplete(payload)
    } catch (error) {
      const isAboutTheToken = error instanceof errors.JWKSNoMatchingKey || error.code?.match(/^ERR_(JWT|JWS|JOSE_ALG|JOSE_NOT)/)
      throw isAboutTheToken ? new TokenInvalid(error.message, { cause: error }) : error
    }
  }
}

/** jose reads more than Doorward writes: other alphabets, members that appear twice, numbers like 1.7e9, any header. */
function isWrittenAsDoorwardDoes(token) {
  ensure(typeof token === 'string' && Buffer.byteLength(token) <= 4096, 'size')
  const parts = token.split('.')
  ensure(parts.length === 3 && parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part), 'form')
  const [header] = parts.slice(0, 2).map(object)
  ensure(Object.keys(header).sort().join() === 'alg,kid,typ', 'header')
  ensure(header.typ === 'at+jwt' && header.alg === 'EdDSA' && typeof header.kid === 'string', 'header')
}

/** The object in this part, if there is one way to read it: written again, it is the same. */
function object(part) {
  const text = Buffer.from(part, 'base64url').toString()
  let value
  try {
    value = JSON.parse(text)
  } catch {
    throw new TokenInvalid('not JSON')
  }
  ensure(value?.constructor === Object && JSON.stringify(value) === text, 'JSON')
  return value
}

/** jose asks for no claim by itself, nor for its type. */
function isComplete(claims) {
  ensure(TEXTS.every((name) => typeof claims[name] === 'string' && (name === 'name' || claims[name] !== '')), 'a text')
  ensure(TIMES.every((name) => Number.isSafeInteger(claims[name]) && claims[name] > 0), 'a time')
  ensure(Array.isArray(claims.roles) && claims.roles.every((role) => typeof role === 'string'), 'roles')
  const { auth_time, iat, exp } = claims
  ensure(auth_time <= iat && iat < exp && exp - iat <= LONGEST_LIFE && iat <= Date.now() / 1000, 'order of times')
  return claims
}

function ensure(isSo, what) {
  if (!isSo) throw new TokenInvalid(what)
}
