<?php
/**
 * What every script of the app begins with: GatewayWorker's classes, and the settings, which all come from the
 * environment, so that the test chooses every port.
 */

if (getenv('GATEWAYWORKER_DIR')) {
    // Three packages side by side, with the PSR-4 prefixes of their composer.json.
    spl_autoload_register(function (string $class): void {
        $root = getenv('GATEWAYWORKER_DIR');
        $prefixes = [
            'GatewayWorker\\' => ['GatewayWorker/src'],
            'Workerman\\Coroutine\\' => ['coroutine/src'],
            'Workerman\\' => ['workerman/src', 'coroutine/src'],
        ];
        foreach ($prefixes as $prefix => $folders) {
            if (!str_starts_with($class, $prefix)) {
                continue;
            }
            foreach ($folders as $folder) {
                $file = "$root/$folder/" . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
                if (is_file($file)) {
                    require_once $file;
                    return;
                }
            }
        }
    });
} else {
    require_once __DIR__ . '/vendor/autoload.php';
}

/** A setting that the test must give. */
function setting(string $name): string
{
    $value = getenv($name);
    if ($value === false) {
        fwrite(STDERR, "$name is not set\n");
        exit(2);
    }
    return $value;
}

/** With RECORD set, keeps what a handler was given: a line of RUN_DIR/PROCESS_NAME.events, base64 of PHP's own form. */
function record(string $kind, string $client_id, mixed $data): void
{
    if (getenv('RECORD')) {
        $event = [$kind, $client_id, $data, $_SESSION ?? null, $_SERVER];
        $file = setting('RUN_DIR') . '/' . setting('PROCESS_NAME') . '.events';
        file_put_contents($file, base64_encode(serialize($event)) . "\n", FILE_APPEND);
    }
}

/** Keeps what workerman writes beside the test's other files, one set a process. */
function run_in_folder(): void
{
    $base = setting('RUN_DIR') . '/' . setting('PROCESS_NAME');
    Workerman\Worker::$pidFile = "$base.pid";
    Workerman\Worker::$logFile = "$base.log";
    Workerman\Worker::$statusFile = "$base.status";
    Workerman\Worker::runAll();
}
