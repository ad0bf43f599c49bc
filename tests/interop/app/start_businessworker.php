<?php
// A BusinessWorker with the handlers in Events.php.
require_once __DIR__ . '/common.php';
require_once __DIR__ . '/Events.php';

$worker = new GatewayWorker\BusinessWorker();
$worker->name = setting('PROCESS_NAME');
$worker->count = 1;
$worker->registerAddress = setting('REGISTER');
$worker->secretKey = setting('SECRET');
$worker->eventHandler = Events::class;
run_in_folder();
