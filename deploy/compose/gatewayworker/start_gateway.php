<?php
require_once __DIR__ . '/common.php';

$gateway = new GatewayWorker\Gateway('websocket://0.0.0.0:7272');
$gateway->name = 'gateway';
$gateway->count = 1;
// The address of this container, which gatewayd reaches it by.
$gateway->lanIp = gethostbyname(gethostname());
$gateway->startPort = 2900;
$gateway->pingInterval = 30;
$gateway->registerAddress = setting('REGISTER');
$gateway->secretKey = secret();
run('gateway');
