<?php

/** The Events class of somebody else; what it is given is kept. */
class Watched extends Events
{
    public static function onWebSocketConnect($client_id, $data)
    {
        record('WEBSOCKET_CONNECT', $client_id, $data);
        parent::onWebSocketConnect($client_id, $data);
    }

    public static function onMessage($client_id, $message)
    {
        record('MESSAGE', $client_id, $message);
        parent::onMessage($client_id, $message);
    }

    public static function onClose($client_id)
    {
        record('CLOSE', $client_id, null);
        parent::onClose($client_id);
    }
}
