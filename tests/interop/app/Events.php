<?php

use GatewayWorker\Lib\Gateway;

/**
 * The app's business logic: clients ask for their id, have a function called as the current client, have their session
 * updated, or count. With RECORD set, everything that the handlers are given is kept in RUN_DIR/PROCESS_NAME.events.
 */
class Events
{
    public static function onConnect(string $client_id): void
    {
        record('CONNECT', $client_id, null);
    }

    public static function onWebSocketConnect(string $client_id, mixed $handshake): void
    {
        record('WEBSOCKET_CONNECT', $client_id, $handshake);
    }

    public static function onMessage(string $client_id, string $message): void
    {
        record('MESSAGE', $client_id, $message);
        if ($message === 'who am I') {
            Gateway::sendToClient($client_id, "you are $client_id");
            return;
        }
        // "#17": a message that somebody counts; the answer says who worked on it.
        if (str_starts_with($message, '#')) {
            Gateway::sendToClient($client_id, "php $message");
            return;
        }
        $request = json_decode($message, true);
        // {"current": "sendToCurrentClient", "args": ["…"]}: those functions only work inside an event.
        if (isset($request['current'])) {
            Gateway::{$request['current']}(...$request['args']);
        }
        // {"update": {…}}: merged into the session.
        if (isset($request['update'])) {
            Gateway::updateSession($client_id, $request['update']);
        }
    }

    public static function onClose(string $client_id): void
    {
        record('CLOSE', $client_id, null);
    }
}
