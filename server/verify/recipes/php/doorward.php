<?php
// Verifies Doorward's access tokens in PHP, as strictly as doorward-verify, and rejects those of ended sessions, which it
// looks up in Valkey. A file to copy; needs the extensions `sodium` and, for Valkey, `redis`.

declare(strict_types=1);

/** Respond with 401. For any other exception, respond with 503: it says nothing about the token. */
class TokenInvalid extends Exception
{
}

final class Doorward
{
    private const MAX_TOKEN_LIFETIME = 15 * 60;
    private const STRING_CLAIMS = ['iss', 'aud', 'sub', 'sid', 'jti', 'name'];
    private const TIME_CLAIMS = ['iat', 'nbf', 'exp', 'auth_time'];
    private const KEYS_AGE = 300;
    private const COOLDOWN = 30;

    /**
     * @param string $keysFile where the public keys are cached: in a directory that this service alone can write
     * @param ?Redis $valkey the `session_cache` of Doorward; without it, tokens of ended sessions are valid until they expire
     * @param bool $acceptWhenStale whether to accept tokens while Valkey does not say which sessions have ended
     */
    public function __construct(
        private readonly string $issuer,
        private readonly string $audience,
        private readonly string $keysFile,
        private readonly ?Redis $valkey = null,
        private readonly bool $acceptWhenStale = false,
        private readonly ?string $address = null,
    ) {
    }

    /** Returns the claims of a valid token. */
    public function verify(string $token): stdClass
    {
        self::ensure(strlen($token) <= 4096, 'too long');
        $parts = explode('.', $token);
        self::ensure(count($parts) === 3, 'not three parts');
        [$header, $payload, $signature] = array_map(self::decode(...), $parts);
        $header = get_object_vars(self::parseObject($header));
        ksort($header);
        self::ensure(array_keys($header) === ['alg', 'kid', 'typ'], 'wrong header parameters');
        self::ensure($header['typ'] === 'at+jwt' && $header['alg'] === 'EdDSA', 'wrong typ or alg');
        self::ensure(is_string($header['kid']), 'wrong kid');

        $key = $this->key($header['kid']);
        self::ensure(strlen($signature) === SODIUM_CRYPTO_SIGN_BYTES, 'wrong signature');
        $signed = "$parts[0].$parts[1]";
        self::ensure(sodium_crypto_sign_verify_detached($signature, $signed, $key), 'wrong signature');
        $claims = $this->checkClaims(self::parseObject($payload));
        $this->checkSession($claims->sid);
        return $claims;
    }

    /** Without the heartbeat, an empty or restarted Valkey would look like one in which no session has ended. */
    private function checkSession(string $sid): void
    {
        if ($this->valkey === null) {
            return;
        }
        try {
            [$heartbeat, $reason] = $this->valkey->mGet(['doorward:ended', "doorward:ended:$sid"]);
        } catch (RedisException $error) {
            if ($this->acceptWhenStale) {
                return;
            }
            throw $error;
        }
        self::ensure($reason === false, "session ended: $reason");
        if ($heartbeat === false && !$this->acceptWhenStale) {
            throw new RuntimeException('Valkey does not say which sessions have ended');
        }
    }

    private function checkClaims(stdClass $claims): stdClass
    {
        foreach (self::STRING_CLAIMS as $name) {
            $value = $claims->$name ?? null;
            self::ensure(is_string($value) && ($value !== '' || $name === 'name'), "wrong $name");
        }
        foreach (self::TIME_CLAIMS as $name) {
            self::ensure(is_int($claims->$name ?? null) && $claims->$name > 0, "wrong $name");
        }
        $roles = $claims->roles ?? null;
        self::ensure(is_array($roles) && array_filter($roles, is_string(...)) === $roles, 'wrong roles');
        self::ensure(is_string($claims->acr ?? ''), 'wrong acr');
        $amr = $claims->amr ?? [];
        self::ensure(is_array($amr) && array_filter($amr, is_string(...)) === $amr, 'wrong amr');
        self::ensure($claims->iss === $this->issuer && $claims->aud === $this->audience, 'wrong iss or aud');
        $now = time();
        self::ensure($claims->auth_time <= $claims->iat && $claims->iat < $claims->exp, 'times out of order');
        self::ensure($claims->exp - $claims->iat <= self::MAX_TOKEN_LIFETIME, 'lives too long');
        self::ensure($claims->iat <= $now && $claims->nbf <= $now && $now < $claims->exp, 'expired, or not yet valid');
        return $claims;
    }

    /** A public key. All are fetched again after five minutes and, at most every 30 seconds, for an unknown `kid`. */
    private function key(string $kid): string
    {
        $age = is_file($this->keysFile) ? time() - filemtime($this->keysFile) : PHP_INT_MAX;
        $keys = $age < self::KEYS_AGE ? self::parseKeys((string) file_get_contents($this->keysFile)) : $this->fetchKeys();
        if (!isset($keys[$kid]) && $age >= self::COOLDOWN && $age < self::KEYS_AGE) {
            $keys = $this->fetchKeys();
        }
        self::ensure(isset($keys[$kid]), 'unknown kid');
        return $keys[$kid];
    }

    /** @return array<string, string> */
    private function fetchKeys(): array
    {
        $url = ($this->address ?? $this->issuer) . '/.well-known/jwks.json';
        $text = @file_get_contents($url, false, stream_context_create(['http' => ['timeout' => 5]]), 0, 1 << 20);
        if ($text === false) {
            throw new RuntimeException("$url cannot be fetched");
        }
        $keys = self::parseKeys($text);
        // Another process never reads a part of the file.
        $new = $this->keysFile . '.' . bin2hex(random_bytes(8));
        if (file_put_contents($new, $text) === false || !rename($new, $this->keysFile)) {
            throw new RuntimeException("$this->keysFile cannot be written");
        }
        clearstatcache();
        return $keys;
    }

    /** @return array<string, string> */
    private static function parseKeys(string $text): array
    {
        $keys = [];
        foreach (json_decode($text, false, 8, JSON_THROW_ON_ERROR)->keys as $key) {
            if (($key->kty ?? null) === 'OKP' && ($key->crv ?? null) === 'Ed25519' && is_string($key->kid ?? null)) {
                $x = self::decode($key->x);
                if (strlen($x) === SODIUM_CRYPTO_SIGN_PUBLICKEYBYTES) {
                    $keys[$key->kid] = $x;
                }
            }
        }
        return $keys;
    }

    private static function decode(string $part): string
    {
        $decoded = base64_decode(strtr($part, '-_', '+/'), true);
        self::ensure($decoded !== false, 'not base64url');
        $again = rtrim(strtr(base64_encode($decoded), '+/', '-_'), '=');
        self::ensure($again === $part, 'not canonical base64url');
        return $decoded;
    }

    /** Parses an object, unless it can be read in two ways: written again, it must be the same. */
    private static function parseObject(string $text): stdClass
    {
        $flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS;
        try {
            $value = json_decode($text, false, 16, JSON_THROW_ON_ERROR | JSON_BIGINT_AS_STRING);
            $again = json_encode($value, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION | $flags);
        } catch (JsonException $error) {
            throw new TokenInvalid('not JSON', 0, $error);
        }
        self::ensure($value instanceof stdClass && $again === $text, 'ambiguous JSON');
        return $value;
    }

    private static function ensure(bool $condition, string $reason): void
    {
        if (!$condition) {
            throw new TokenInvalid($reason);
        }
    }
}
