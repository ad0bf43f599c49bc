<?php
// A Gateway: LISTEN=websocket://127.0.0.1:7272 or text://…, LAN_IP and INNER_PORT for the workers.
require_once __DIR__ . '/common.php';

$gateway = new GatewayWorker\Gateway(setting('LISTEN'));
$gateway->name = setting('PROCESS_NAME');
$gateway->count = 1;
$gateway->lanIp = setting('LAN_IP');
$gateway->startPort = (int)setting('INNER_PORT');
$gateway->registerAddress = setting('REGISTER');
$gateway->secretKey = setting('SECRET');
run_in_folder();
