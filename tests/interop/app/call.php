<?php
/**
 * Calls PHP's own Gateway class for the test. Reads a JSON line {"function": name, "args": base64 of serialize(array)}
 * and answers with a JSON line {"result": base64 of serialize(result), "printed": what the function echoed} or
 * {"error": text}. PHP's serialize is the one form that loses nothing.
 */
require_once __DIR__ . '/common.php';

use GatewayWorker\Lib\Gateway;
use GatewayWorker\Protocols\GatewayProtocol;

/** Opens what the class keeps to itself, and adds the two batch queries that Gateways answer but it does not ask. */
class OpenGateway extends Gateway
{
    private static function ask(int $command, array $list): array
    {
        $data = GatewayProtocol::$empty;
        $data['cmd'] = $command;
        $data['ext_data'] = json_encode($list);
        return static::getBufferFromAllGateway($data);
    }

    /** IP of the Gateway → inner port → uid → connection ids. */
    public static function getClientIdByUids(array $uids): array
    {
        return self::ask(GatewayProtocol::CMD_BATCH_GET_CLIENT_ID_BY_UID, $uids);
    }

    /** IP of the Gateway → inner port → group → count. */
    public static function getClientCountByGroups(array $groups): array
    {
        return self::ask(GatewayProtocol::CMD_BATCH_GET_CLIENT_COUNT_BY_GROUP, $groups);
    }

    public static function call(string $function, array $args): mixed
    {
        return static::$function(...$args);
    }
}

Gateway::$registerAddress = setting('REGISTER');
Gateway::$secretKey = setting('SECRET');
Gateway::$addressesCacheDisable = true;

while (($line = fgets(STDIN)) !== false) {
    $request = json_decode($line, true);
    ob_start();
    try {
        $result = OpenGateway::call($request['function'], unserialize(base64_decode($request['args'])));
        $answer = ['result' => base64_encode(serialize($result))];
    } catch (Throwable $error) {
        $answer = ['error' => $error->getMessage()];
    }
    $answer['printed'] = base64_encode(ob_get_clean());
    fwrite(STDOUT, json_encode($answer) . "\n");
}
