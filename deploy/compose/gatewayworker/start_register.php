<?php
require_once __DIR__ . '/common.php';

$register = new GatewayWorker\Register('text://' . setting('REGISTER'));
$register->secretKey = secret();
run('register');
