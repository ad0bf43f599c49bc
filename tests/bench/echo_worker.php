<?php
// A BusinessWorker that sends every message back: what the workers of ./dev bench events are compared with.
require_once __DIR__ . '/../interop/app/common.php';

class EchoEvents
{
    public static function onMessage(string $client_id, string $message): void
    {
        GatewayWorker\Lib\Gateway::sendToClient($client_id, $message);
    }
}

$worker = new GatewayWorker\BusinessWorker();
$worker->name = setting('PROCESS_NAME');
$worker->count = 1;
$worker->registerAddress = setting('REGISTER');
$worker->secretKey = setting('SECRET');
$worker->eventHandler = EchoEvents::class;
run_in_folder();
