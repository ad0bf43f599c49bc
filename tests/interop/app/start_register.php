<?php
// A Register. Run: REGISTER=127.0.0.1:1236 SECRET= RUN_DIR=… PROCESS_NAME=register php start_register.php start
require_once __DIR__ . '/common.php';

$register = new GatewayWorker\Register('text://' . setting('REGISTER'));
$register->secretKey = setting('SECRET');
run_in_folder();
