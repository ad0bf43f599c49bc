<?php

/** The Events class of somebody else: what it is given is kept, and LINKED once the worker is linked to every Gateway. */
class Watched extends Events
{
    public static function onWorkerStart(GatewayWorker\BusinessWorker $worker): void
    {
        $timer = Workerman\Timer::add(0.02, function () use ($worker, &$timer): void {
            if (count($worker->gatewayConnections) == setting('GATEWAYS')) {
                Workerman\Timer::del($timer);
                record('LINKED', '', null);
            }
        });
    }

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
