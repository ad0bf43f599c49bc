<?php
// A BusinessWorker with the handlers in Events.php, or with those of the Events class in the file that EVENTS names, which
// are watched.
require_once __DIR__ . '/common.php';
require_once getenv('EVENTS') ?: __DIR__ . '/Events.php';
if (getenv('EVENTS')) {
    require_once __DIR__ . '/Watched.php';
}

$worker = new GatewayWorker\BusinessWorker();
$worker->name = setting('PROCESS_NAME');
$worker->count = 1;
$worker->registerAddress = setting('REGISTER');
$worker->secretKey = setting('SECRET');
$worker->eventHandler = getenv('EVENTS') ? Watched::class : Events::class;
run_in_folder();
