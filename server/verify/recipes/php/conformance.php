<?php
// Verifies a list of tokens from standard input and prints the results: for server/tests/recipes, which compares all
// verifiers. With the socket of Valkey, a result is null if it is unknown whether the session has ended.

declare(strict_types=1);

require __DIR__ . '/doorward.php';

$given = json_decode(stream_get_contents(STDIN), false, 8, JSON_THROW_ON_ERROR);
$valkey = null;
if (isset($given->valkey)) {
    $valkey = new Redis();
    $valkey->connect($given->valkey);
}
$doorward = new Doorward($given->issuer, $given->audience, $given->keys_file, $valkey);
$results = [];
foreach ($given->tokens as $token) {
    try {
        $doorward->verify($token);
        $results[] = true;
    } catch (TokenInvalid) {
        $results[] = false;
    } catch (RuntimeException $error) {
        if ($valkey === null) {
            throw $error;
        }
        $results[] = null;
    }
}
echo json_encode($results);
