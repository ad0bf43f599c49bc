<?php

use GatewayWorker\Lib\Gateway;

/** The app's business logic: clients ask for their id, or have a function called as the current client. */
class Events
{
    public static function onMessage(string $client_id, string $message): void
    {
        if ($message === 'who am I') {
            Gateway::sendToClient($client_id, "you are $client_id");
            return;
        }
        // {"current": "sendToCurrentClient", "args": ["…"]}: those functions only work inside an event.
        $request = json_decode($message, true);
        if (isset($request['current'])) {
            Gateway::{$request['current']}(...$request['args']);
        }
    }
}
