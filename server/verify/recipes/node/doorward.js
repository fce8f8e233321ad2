// Verifies Doorward's access tokens in Node, as strictly as doorward-verify. A file to copy; needs `jose`.

import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

const MAX_TOKEN_LIFETIME = 15 * 60
const STRING_CLAIMS = ['iss', 'aud', 'sub', 'sid', 'jti', 'name']
const TIME_CLAIMS = ['iat', 'nbf', 'exp', 'auth_time']

/** Respond with 401. For any other error, respond with 503: it is no verdict on the token. */
export class TokenInvalid extends Error {}

/**
 * Returns a function that verifies a token and returns its claims. Keys are fetched when needed, cached for five
 * minutes, and fetched again for an unknown `kid`, at most every 30 seconds.
 */
export function doorward({ issuer, audience, address = issuer }) {
  const url = new URL(`${address}/.well-known/jwks.json`)
  const keys = createRemoteJWKSet(url, { cacheMaxAge: 300_000, cooldownDuration: 30_000, timeoutDuration: 5_000 })
  const options = { algorithms: ['EdDSA'], issuer, audience, typ: 'at+jwt', clockTolerance: 0 }

  return async function verify(token) {
    checkEncoding(token)
    try {
      const { payload } = await jwtVerify(token, keys, options)
      return checkClaims(payload)
    } catch (error) {
      const isAboutToken =
        error instanceof errors.JWKSNoMatchingKey || error.code?.match(/^ERR_(JWT|JWS|JOSE_ALG|JOSE_NOT)/)
      throw isAboutToken ? new TokenInvalid(error.message, { cause: error }) : error
    }
  }
}

/** jose accepts more than Doorward issues: other base64, duplicate members, numbers like 1.7e9, other header parameters. */
function checkEncoding(token) {
  ensure(typeof token === 'string' && Buffer.byteLength(token) <= 4096, 'too long')
  const parts = token.split('.')
  ensure(parts.length === 3, 'not three parts')
  ensure(parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part), 'not base64url')
  const [header] = parts.slice(0, 2).map(parseObject)
  ensure(Object.keys(header).sort().join() === 'alg,kid,typ', 'wrong header parameters')
  ensure(header.typ === 'at+jwt' && header.alg === 'EdDSA', 'wrong typ or alg')
  ensure(typeof header.kid === 'string', 'wrong kid')
}

/** Parses a part as a JSON object. Rejects it if it can be read in two ways: serialized again, it must be the same. */
function parseObject(part) {
  const text = Buffer.from(part, 'base64url').toString()
  let value
  try {
    value = JSON.parse(text)
  } catch {
    throw new TokenInvalid('not JSON')
  }
  ensure(value?.constructor === Object && JSON.stringify(value) === text, 'ambiguous JSON')
  return value
}

/** jose requires no claim by default and does not check all types. */
function checkClaims(claims) {
  ensure(STRING_CLAIMS.every((name) => typeof claims[name] === 'string'), 'a claim that is not text')
  ensure(STRING_CLAIMS.every((name) => name === 'name' || claims[name] !== ''), 'an empty claim')
  const isTime = (name) => Number.isSafeInteger(claims[name]) && claims[name] > 0
  ensure(TIME_CLAIMS.every(isTime), 'wrong time')
  ensure(Array.isArray(claims.roles) && claims.roles.every((role) => typeof role === 'string'), 'wrong roles')
  const { auth_time, iat, exp, acr = '', amr = [] } = claims
  ensure(typeof acr === 'string', 'wrong acr')
  ensure(Array.isArray(amr) && amr.every((means) => typeof means === 'string'), 'wrong amr')
  const isInOrder = auth_time <= iat && iat < exp && iat <= Date.now() / 1000
  ensure(isInOrder && exp - iat <= MAX_TOKEN_LIFETIME, 'times out of range')
  return claims
}

/**
 * Whether the user has proved who they are less than `maxAge` seconds ago: at the login, or with a confirmation. If not, respond with 401,
 * the `code` `step_up_required` in an `application/problem+json`, and
 * `WWW-Authenticate: Bearer error="insufficient_user_authentication", max_age=<maxAge>` (RFC 9470).
 */
export function isRecent(claims, maxAge) {
  return claims.acr !== undefined && Math.floor(Date.now() / 1000) - claims.auth_time < maxAge
}

const LEVELS = ['1', '2', 'phr']

/**
 * Whether the user has proved who they are at least this strongly: '2' is two factors, 'phr' a passkey. If not, respond with 401, the
 * `code` `step_up_required` in an `application/problem+json`, and
 * `WWW-Authenticate: Bearer error="insufficient_user_authentication", acr_values="<acr>"` (RFC 9470).
 */
export function isAtLeast(claims, acr) {
  if (!LEVELS.includes(acr)) throw new RangeError(`not a level: ${acr}`)
  // A level of a later version counts as the lowest.
  return claims.acr !== undefined && Math.max(LEVELS.indexOf(claims.acr), 0) >= LEVELS.indexOf(acr)
}

function ensure(condition, reason) {
  if (!condition) throw new TokenInvalid(reason)
}
