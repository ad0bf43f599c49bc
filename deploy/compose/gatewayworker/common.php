<?php
// What both scripts begin with: GatewayWorker's classes, and settings from the environment.
require_once __DIR__ . '/vendor/autoload.php';

function setting(string $name): string
{
    $value = getenv($name);
    if ($value === false) {
        fwrite(STDERR, "$name is not set\n");
        exit(2);
    }
    return $value;
}

function secret(): string
{
    return trim(file_get_contents(setting('SECRET_FILE')));
}

function run(string $name): void
{
    Workerman\Worker::$pidFile = __DIR__ . "/run/$name.pid";
    Workerman\Worker::$logFile = __DIR__ . "/run/$name.log";
    Workerman\Worker::$statusFile = __DIR__ . "/run/$name.status";
    Workerman\Worker::runAll();
}
